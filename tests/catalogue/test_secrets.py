"""Credentials: what is refused before an upstream is asked, what nobody can tell from outside, what is never shown."""

import gc
import os
from base64 import b64encode
from pathlib import Path
from traceback import format_exception
from typing import Any

import grpc
import httpx
import orjson
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_health.v1 import health_pb2, health_pb2_grpc

from facade import sandbox
from facade.access.callers import Callers, read
from facade.caller import Basic
from facade.config import Settings
from facade.domain.publish import Event
from facade.errors import Code
from facade.server import Running, running
from facade.upstreams.blurred import Blurred
from facade.upstreams.connect import connect
from facade.upstreams.connection import Answer
from facade.upstreams.pool import Origin
from facade.upstreams.transport import Transport
from facade.v1 import publish_pb2
from tests.access.files import HEADERS, OWN, billing, callers
from tests.faces.client import Face, Failure
from tests.support import basic, settings_for
from tests.upstreams.doubles import ADDRESSES, caller, failure
from tests.wire import detail, failed

pytestmark = pytest.mark.anyio

CANARY = "canary-7f3a"
ENCODED = b64encode(f"api@example.com:{CANARY}".encode()).decode()
Pairs = list[tuple[str, str]]
TWO = [("authorization", basic()["authorization"]), ("authorization", basic("user@example.com")["authorization"])]
UNREADABLE: dict[str, Pairs] = {
    "no base64": [("authorization", f"Basic {CANARY}?")],
    "another scheme": [("authorization", f"Digest {CANARY}")],
    "a bad token": [("authorization", f"Bearer {CANARY} x")],
    "two of them": TWO,
}


@pytest.mark.case("A09")
@pytest.mark.parametrize("pairs", UNREADABLE.values(), ids=UNREADABLE)
async def test_credentials_that_cannot_be_read_are_refused_on_both_faces(
    pairs: Pairs, facade: Running, upstream: sandbox.Running
) -> None:
    raw = publish_pb2.PublishEventRequest(event=publish_pb2.Event(entity="e")).SerializeToString()
    channel: Any
    async with grpc.aio.insecure_channel(facade.grpc) as channel:
        call = channel.unary_unary("/facade.v1.PublishService/PublishEvent")
        error = await failed(call(raw, metadata=tuple(pairs), timeout=30))
    info = detail(error, ErrorInfo)
    assert info is not None
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert info.reason in {"INVALID_CREDENTIALS", "INVALID_TOKEN"}

    body = orjson.dumps({"query": 'mutation { publishEvent(event: {entity: "e"}) { message } }'})
    async with httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.post("/graphql", content=body, headers=[("content-type", "application/json"), *pairs])
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="facade", charset="UTF-8", Bearer realm="facade"'
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert CANARY not in answer.text + str(error.details())
    assert upstream.state.log.entries() == []


@pytest.mark.case("A09")
@pytest.mark.parametrize(
    ("headers", "call", "reason"),
    [
        ({}, ("PublishEvent", {"event": {"entity": "e"}}), "MISSING_CREDENTIALS"),
        ({}, ("ListUsers", {}), "MISSING_CREDENTIALS"),
        ({"authorization": "Bearer t"}, ("ListUsers", {}), "BASIC_REQUIRED"),
    ],
    ids=["none to publish", "none for BPM", "a token for BPM"],
)
async def test_credentials_that_an_upstream_could_not_check_do_not_reach_it(
    headers: dict[str, str], call: tuple[str, Any], reason: str, face: Face, upstream: sandbox.Running
) -> None:
    with pytest.raises(Failure) as caught:
        await face.call(*call, headers)

    assert (caught.value.code, caught.value.reason) == ("UNAUTHENTICATED", reason)
    assert upstream.state.log.entries() == []


@pytest.mark.case("A10")
async def test_an_unknown_user_and_a_wrong_password_cannot_be_told_apart(face: Face, upstream: sandbox.Running) -> None:
    """The same words after the same calls, though the right password has a session; times are the upstream's own."""
    event = {"event": {"entity": "e"}}
    await face.call("PublishEvent", event)
    told, asked = [], []
    for headers in (basic("nobody@example.com"), basic(password="wrong")):
        before = len(upstream.state.log.entries())
        with pytest.raises(Failure) as caught:
            await face.call("PublishEvent", event, headers)
        found = caught.value
        told.append((found.code, found.reason, found.message, found.upstream, found.upstream_status))
        asked.append([(entry.method, entry.path) for entry in upstream.state.log.entries()[before:]])
    assert told[0] == told[1]
    assert asked[0] == asked[1] == [("POST", "/api/v1/user/token")]


@pytest.mark.case("A12")
async def test_what_a_facade_with_secrets_shows_of_itself_has_none_of_them(
    upstream: sandbox.Running, tmp_path: Path
) -> None:
    own = OWN | {"iem_password": CANARY, "bpm_password": CANARY}
    settings = settings_for(upstream.url, callers=callers(tmp_path, billing()), **own)
    async with running(settings) as facade:
        shown = [repr(facade), repr(settings), repr(settings.trust)]
        async with httpx.AsyncClient(base_url=facade.http) as client:
            for path in ("/healthz", "/readyz", "/schema.graphql", "/descriptor.binpb", "/graphql", "/metrics", "/"):
                answer = await client.get(path, headers=HEADERS)
                shown += [answer.text, repr(answer.headers)]
        async with grpc.aio.insecure_channel(facade.grpc) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            health = await stub.List(health_pb2.HealthListRequest(), timeout=30)
            assert len(health.statuses) == 5
            shown.append(str(health))
    secrets = [CANARY, HEADERS["x-api-key"], b64encode(f"api@example.com:{CANARY}".encode()).decode()]
    assert [secret for secret in secrets for text in shown if secret in text] == []


@pytest.mark.case("A12")
async def test_a_traceback_of_a_refused_login_has_no_password() -> None:
    upstreams = connected(Refusing(max_answer=1000), settings_for("http://x.test"))
    error = await failure(upstreams.publish.publish_event(Event(), caller(iem=Basic(f"Basic {ENCODED}"))))
    assert error.code is Code.UNAUTHENTICATED
    assert CANARY not in "".join(format_exception(error)) + repr(error)
    assert ENCODED not in "".join(format_exception(error)) + repr(error)


class Granting(Transport):
    """An upstream without a network: issues tokens and takes records."""

    async def exchange(self, to: Origin, request: bytes) -> Answer:
        """The answer to any request."""
        if to[1] == b"token.test":
            user = request.partition(b"authorization: ")[2].partition(b"\r")[0]
            token = f"token-{hash(user) & 0xFFFFFFFFFFFF}".ljust(200, "x")  # as long as tokens are
            return Answer(200, [], orjson.dumps({"data": {"access_token": token}}))
        return Answer(200, [], b'{"message": "Data published successfully"}')


class Refusing(Transport):
    """An upstream without a network that accepts nobody."""

    async def exchange(self, _to: Origin, _request: bytes) -> Answer:
        """The answer to any request."""
        return Answer(401, [], b"{}")


def connected(transport: Transport, settings: Settings) -> Any:
    return connect(ADDRESSES, transport, max_sessions=settings.max_sessions, login_timeout=5.0, blurred=Blurred())


PRINCIPALS = 100_000
MOST = 50 * 1024**2  # bytes


def resident() -> int:
    """Bytes of memory that the process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.case("A14")
async def test_a_hundred_thousand_principals_leave_ten_thousand_sessions_and_little_memory() -> None:
    upstreams = connected(Granting(max_answer=10_000), settings_for("http://x.test"))
    sessions = upstreams.publish._sessions
    who = caller(seconds=600.0)  # all of them together

    def principal(number: int) -> Basic:
        return Basic("Basic " + b64encode(f"user{number}@example.com:password".encode()).decode())

    tokens = [await sessions.token(principal(number), who) for number in range(100)]
    gc.collect()
    before = resident()
    for number in range(100, PRINCIPALS):
        await sessions.token(principal(number), who)
    gc.collect()
    assert resident() - before <= MOST
    assert len(sessions._sessions) == settings_for("http://x.test").max_sessions == 10_000
    assert [await sessions.token(principal(number), who) for number in range(100)] == tokens, "forgotten ones work"
    said = await upstreams.publish.publish_event(Event(), caller(iem=principal(1)))
    assert said == "Data published successfully"


@pytest.mark.case("A10")
def test_a_key_is_looked_up_by_its_hash() -> None:
    found: Callers = read("x", billing(), tokens=False)
    assert HEADERS["x-api-key"].encode() not in b"".join(found.keys)
    assert {len(digest) for digest in found.keys} == {32}
