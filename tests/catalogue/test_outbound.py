"""What leaves for an upstream: whom it is asked of, and that no text of a caller becomes more than one value."""

import asyncio
import socket
from contextlib import AsyncExitStack
from urllib.parse import parse_qsl, urlsplit

import pytest

from facade import sandbox
from facade.server import Running
from facade.upstreams.pool import Found
from facade.upstreams.provisioning import PATH
from facade.upstreams.transport import Transport
from tests.catalogue import canary
from tests.faces.client import Face, Failure
from tests.faces.stack import FACES
from tests.faces.stack import standing as stack_of
from tests.support import basic

GET = ("GetUser", {"mail": "api@example.com"})
VALUES = ["a&limit=9", "a=b", "%00", "+", "a b", "a#b", "a?b", "../../admin", "a;b=c", "a\r\nx: y", "\u00fc"]


@pytest.mark.case("B08")
@pytest.mark.parametrize("value", VALUES, ids=repr)
async def test_a_value_of_a_query_arrives_as_one_value(face: Face, upstream: sandbox.Running, value: str) -> None:
    with pytest.raises(Failure, match="CUSTOMER_INACTIVE"):  # the sandbox knows no such customer
        await face.call("UpdateTicket", {"update": {"customer_id": value, "sys_id": "s", "state": 4}})

    (entry,) = upstream.state.log.entries()
    assert entry.path == "/gbp/push/"
    assert parse_qsl(entry.query, keep_blank_values=True, strict_parsing=True) == [("CustomerId", value)]


@pytest.mark.case("B08")
@pytest.mark.parametrize("value", ["a&limit=9", "a=b", "%00", "+", "a/../b", "a?b=c", "a#b", "a;b"], ids=repr)
async def test_an_address_arrives_as_one_segment(face: Face, upstream: sandbox.Running, value: str) -> None:
    with pytest.raises(Failure, match="USER_NOT_FOUND"):
        await face.call("GetUser", {"mail": f"{value}@example.com"})

    (entry,) = upstream.state.log.entries()
    assert entry.query == ""
    assert entry.path.count("/") == PATH.count("/") + 1


REQUEST_IDS = {
    "16 KB": "r" * 16_384,
    "too long": "r" * 129,
    "a blank": "r 1",
    "a tab": "r\t1",
    "empty": "",
    "beyond ASCII": "r\u00e9",
}


@pytest.mark.case("B07")
@pytest.mark.parametrize("given", REQUEST_IDS.values(), ids=REQUEST_IDS.keys())
async def test_an_unfit_request_id_is_not_passed_on(facade: Running, upstream: sandbox.Running, given: str) -> None:
    """Over plain sockets: no HTTP client would send all of these."""
    text = b"x-request-id: " + given.encode("latin-1")

    answer = await posted(facade, text, b"traceparent: 00-canary\xff")

    assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 4"))
    for entry in upstream.state.log.entries():
        assert len(entry.headers["x-request-id"]) == 32
        assert "traceparent" not in entry.headers


@pytest.mark.case("B07")
@pytest.mark.parametrize("text", [b"a\0b", b"a\rb", b"a\r\n b", b"a\nx-evil: 1"], ids=repr)
async def test_a_request_id_with_a_control_character_becomes_no_other_header(
    facade: Running, upstream: sandbox.Running, text: bytes
) -> None:
    """CR, NUL and folding are refused (RFC 9112 section 5). A bare LF ends a line for some: then it is another header
    of the caller's, which is not passed on.
    """
    answer = await posted(facade, b"x-request-id: " + text)

    assert answer.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 400 "))
    for entry in upstream.state.log.entries():
        assert "x-evil" not in entry.headers
        assert entry.headers["x-request-id"].isprintable()


async def posted(facade: Running, *headers: bytes) -> bytes:
    """The answer to one read of a user, sent with these lines of headers."""
    at = urlsplit(facade.http)
    body = b'{"query":"{ user(mail: \\"api@example.com\\") { mail } }"}'
    lines = [
        b"POST /graphql HTTP/1.1",
        b"host: " + at.netloc.encode(),
        b"content-type: application/json",
        b"connection: close",
        b"authorization: " + basic()["authorization"].encode(),
        b"content-length: %d" % len(body),
        *headers,
    ]
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    try:
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.case("B07")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("given", ["r" * 129, "r" * 5000, "r 1"], ids=["129", "5000", "a blank"])
async def test_a_request_with_an_unfit_id_is_answered_under_another(name: str, given: str) -> None:
    async with stack_of(name) as stack:
        await stack.face.call(*GET, basic() | {"x-request-id": given, "traceparent": "00-canary"})

        (entry,) = stack.upstream.state.log.entries()
        assert len(entry.headers["x-request-id"]) == 32
        assert not canary.leaked(*entry.headers.values())


class Names:
    """A resolver that a test can break, or point elsewhere."""

    def __init__(self) -> None:
        self.at: str | None = None

    async def __call__(self, _host: str, port: int) -> Found:
        if self.at is None:
            raise socket.gaierror(socket.EAI_AGAIN, "canary-host.internal: temporary failure")
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (self.at, port))]


@pytest.mark.case("B09")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("way", ["the old one ends", "the old one goes on"])
async def test_a_name_that_fails_or_moves_is_found_again_without_a_restart(
    name: str, way: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the old server goes on, connections to it are kept until they are old: here they are at once."""
    if way == "the old one goes on":
        monkeypatch.setattr("facade.upstreams.pool.MAX_AGE", 0.0)
    canary.loud(caplog)
    transport, names = Transport(max_answer=1_000_000), Names()
    monkeypatch.setattr(transport._pool, "_resolve", names)
    async with AsyncExitStack() as until_it_moves:
        first = await until_it_moves.enter_async_context(sandbox.running(host="127.0.0.1"))
        port = urlsplit(first.url).port
        assert port is not None
        async with stack_of(name, transport=transport, bpm_url=f"http://localhost:{port}") as stack:
            with pytest.raises(Failure, match="UNAVAILABLE UPSTREAM_UNREACHABLE") as caught:
                await stack.face.call(*GET)
            assert not canary.leaked(caught.value.received, canary.logged(caplog))

            names.at = "127.0.0.1"
            await stack.face.call(*GET)
            if way == "the old one ends":
                await until_it_moves.aclose()
            async with sandbox.running(host="127.0.0.2", port=port) as second:
                names.at = "127.0.0.2"
                await stack.face.call(*GET)
                assert len(second.state.log.entries()) == 1
    assert len(first.state.log.entries()) == 1
