"""What the parsers of ours are asked in a search for trouble, and what must hold of what they say.

Each target takes any bytes. It says whether the parser took them; it fails if the parser raised what it should not, or
took what cannot be passed on.
"""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from google.protobuf.message import DecodeError
from google.protobuf.struct_pb2 import Struct

from facade.access.callers import read as read_callers
from facade.access.keys import parsed as parsed_keys
from facade.caller import HEADERS, Caller, Limits, request_id
from facade.client.read_records import RecordReader, RefusedError
from facade.config import load
from facade.domain.cursor import decode, encode
from facade.errors import Code, ConfigError, FacadeError, Reason
from facade.graphql.documents import Documents
from facade.graphql.request import parse
from facade.graphql.schema import executable
from facade.rpc.structs import json_object
from facade.upstreams.credentials import bpm, integration
from facade.upstreams.meaning import meaning, parsed
from facade.upstreams.operation import MalformedError
from facade.upstreams.provisioning import LIST
from facade.upstreams.resource import Resource
from facade.upstreams.rest import fields
from facade.upstreams.token import GENERATE
from tests.fuzz.heads import whole_request
from tests.upstreams.test_connection_fuzz import Line

LIMITS = Limits(30.0, 120.0)
LINES = 9  # of the head of a request that is sent upstream, with the empty one
REQUEST = Resource("POST", "http://upstream.test/x")
DOCUMENTS = Documents(executable(), introspection=False)
LARGEST = 65_536  # bytes of an input; a parser's own limit of size has tests of its own


def refused(rightly: object, error: Exception) -> bool:
    """False: the parser did not take it. Fails if that was not told as it should be."""
    assert rightly, repr(error)
    return False


def headers(data: bytes) -> bool:
    """Lines such as `authorization: Basic …`, as they come in headers or metadata."""
    given: dict[str, list[str]] = {}
    for line in data.decode("latin-1").split("\n"):
        name, _, value = line.partition(": ")
        if name in HEADERS:
            given.setdefault(name, []).append(value)
    name = request_id(given)
    try:
        caller = Caller.of(given, None, LIMITS, name)
    except FacadeError as error:
        return refused(error.code is Code.UNAUTHENTICATED, error)
    sent = 0
    for credentials in (bpm, integration):
        try:
            own = credentials(caller)
        except FacadeError as error:
            refused(error.code is Code.UNAUTHENTICATED, error)
            continue
        sent += 1
        head, _, body = REQUEST.written("", [("x-request-id", name), own], b"{}").partition(b"\r\n\r\n")
        assert (head.count(b"\r\n"), body) == (LINES - 1, b"{}"), "nothing became a line of its own"
        assert head.count(b"\n") == head.count(b"\r") == LINES - 1
    return sent > 0


def cursor(data: bytes) -> bool:
    """A page token."""
    text = data.decode("latin-1")
    try:
        position, backward = decode(text, "after")
    except FacadeError as error:
        return refused(error.reason is Reason.INVALID_REQUEST, error)
    assert encode(position, backward=backward) == text, "there is one spelling of each"
    return True


def record(data: bytes) -> bool:
    """A line of `facade publish`."""
    try:
        item = RecordReader("metric", "id").read(1, data)
    except RefusedError:
        return False
    sent = item.WhichOneof("record")
    if sent == "event":
        json_object(item.event.attributes, "attributes")
    else:
        assert isinstance(json.loads(getattr(item, sent).json), dict), "what is sent is an object"
    return True


def request(data: bytes) -> bool:
    """The body of a GraphQL request, and the document in it."""
    try:
        with asyncio.Runner() as runner:
            asked = runner.run(parse(data))
    except FacadeError as error:
        return refused(error.code is Code.INVALID_ARGUMENT, error)
    return document(asked.query.encode())


def document(data: bytes) -> bool:
    """A GraphQL document."""
    found = DOCUMENTS.read(data.decode(errors="replace"))
    assert (found.node is None) is bool(found.errors)
    for error in found.errors:
        assert len(error.message) < LARGEST
    return found.node is not None


def answer(data: bytes) -> bool:
    """All that an upstream sends on a connection, until it closes it."""

    async def exchanged() -> Any:
        return await Line().exchange([data], ends=True)

    with asyncio.Runner() as runner:
        got = runner.run(exchanged())
    if isinstance(got, Exception):
        return False
    try:
        meaning(LIST, "bpm", got.status, fields(got), got.body)
    except FacadeError as error:
        return refused("\r" not in error.message, error)
    return True


def users(data: bytes) -> bool:
    """The body of BPM's list."""
    return understood(LIST, data)


def login(data: bytes) -> bool:
    """The body of the Token API's answer."""
    if not understood(GENERATE, data):
        return False
    token = GENERATE.read(parsed(data), data)
    sent = Resource("GET", "http://x.test").written("", [("cookie", f"access_token={token.access_token}")], None)
    assert sent.count(b"\n") == LINES - 1, "it can be sent as a cookie"
    return True


def understood(operation: Any, data: bytes) -> bool:
    """Whether a body is what the contract says."""
    try:
        operation.read(parsed(data), data)
    except MalformedError:
        return False
    return True


def struct(data: bytes) -> bool:
    """A protobuf Struct, as records come over gRPC."""
    try:
        told = json_object(Struct.FromString(data), "metric")
    except DecodeError:
        return False
    except FacadeError as error:
        return refused(error.code is Code.INVALID_ARGUMENT, error)
    assert orjson.loads(json.dumps(told, allow_nan=False)) == told
    return True


def settings(data: bytes) -> bool:
    """The file of `--config`."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "facade.toml"
        file.write_bytes(data)
        return well(lambda: load(str(file)))


def callers(data: bytes) -> bool:
    """The callers' file."""
    return well(lambda: read_callers("FACADE_CALLERS", data.decode("latin-1"), tokens=True))


def keys(data: bytes) -> bool:
    """A JSON Web Key Set."""
    return well(lambda: parsed_keys("FACADE_JWT_KEYS", data.decode(errors="replace")))


def well(read: Callable[[], object]) -> bool:
    """Whether a file of a setting can be used; if it cannot, that is told in one line."""
    try:
        read()
    except ConfigError as error:
        return refused(str(error) and "\n" not in str(error), error)
    return True


TARGETS: dict[str, Callable[[bytes], bool]] = {
    target.__name__: target
    for target in (
        headers, cursor, record, request, document, answer, users, login, struct, settings, callers, keys,
        whole_request,
    )
}  # fmt: skip
