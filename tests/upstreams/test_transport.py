"""The transport against servers that fail below HTTP: each failure is one exception of httpx."""

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack

import httpx
import pytest

from facade.upstreams.transport import AnswerRefusedError, Transport
from tests.upstreams.wire import Connection, Handler, always, answer, once, serving

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
MAX_ANSWER = 100_000


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with Transport(max_answer=MAX_ANSWER) as transport:
        yield transport


def get(url: str) -> httpx.Request:
    return httpx.Request("GET", url)


def post(url: str, content: bytes = b"{}") -> httpx.Request:
    return httpx.Request("POST", url, content=content)


async def test_a_request_goes_out_as_it_is_and_nothing_is_added(transport: Transport) -> None:
    async with serving(always(answer(b"[]", b"x-a: 1"))) as server:
        request = httpx.Request(
            "PUT", f"{server.url}/a%2Fb?c=%26", headers=[("x-b", "2"), ("x-b", "3")], content=b"{ }"
        )
        got = await transport.handle_async_request(request)

    assert (got.status_code, await got.aread(), got.headers["x-a"]) == (200, b"[]", "1")
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    assert first == b"PUT /a%2Fb?c=%26 HTTP/1.1"
    host = server.url.removeprefix("http://").encode()
    sent = sorted(line.lower() for line in lines)
    assert sent == sorted([b"host: " + host, b"x-b: 2", b"x-b: 3", b"content-length: 3"])
    assert body == b"{ }"


async def test_a_refused_connection(transport: Transport) -> None:
    async with serving(once()) as server:
        pass

    with pytest.raises(httpx.ConnectError):
        await transport.handle_async_request(post(server.url))


async def test_a_name_that_does_not_exist(transport: Transport) -> None:
    with pytest.raises(httpx.ConnectError):
        await transport.handle_async_request(post("http://nohost.invalid/"))


@pytest.mark.case("C02")
async def test_a_connection_that_nobody_accepts_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as waiting:
        for _ in range(4):  # fill the queue, so that the next one hangs
            filler = waiting.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        async with Transport(max_answer=MAX_ANSWER, connect_timeout=0.2) as transport:
            with pytest.raises(httpx.ConnectTimeout):
                await transport.handle_async_request(post(f"http://127.0.0.1:{listener.getsockname()[1]}/"))


async def test_a_server_that_does_not_speak_tls_sees_no_credentials(transport: Transport) -> None:
    seen = bytearray()

    async def plain(connection: Connection) -> None:
        seen.extend(await connection.reader.read(65536))
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with serving(plain) as server:
        request = httpx.Request(
            "POST", server.url.replace("http:", "https:"), headers={"authorization": "Basic c2VjcmV0"}
        )
        with pytest.raises(httpx.ConnectError):
            await transport.handle_async_request(request)

    assert seen[:1] == b"\x16"  # a TLS handshake
    assert b"c2VjcmV0" not in seen


async def reset_before(connection: Connection) -> None:
    await connection.reader.read(1)
    connection.reset()


async def reset_after(connection: Connection) -> None:
    await connection.request()
    connection.reset()


async def reset_while_answering(connection: Connection) -> None:
    await connection.request()
    await connection.send(OK + b"content-length: 10\r\n\r\nabc")
    await connection.reader.read(0)
    connection.reset()


async def closed_before(connection: Connection) -> None:
    await connection.reader.read(1)


CUT: dict[str, Handler] = {
    "reset before the request was read": reset_before,
    "reset after the request was read": reset_after,
    "reset in the middle of the answer": reset_while_answering,
    "closed before the request was read": closed_before,
    "closed after the request was read": once(),
    "closed in the status line": once(b"HTTP/1.1 20"),
    "closed in the headers": once(OK + b"content-le"),
    "fewer bytes than announced": once(OK + b"content-length: 10\r\n\r\nabc"),
    "closed in a chunk": once(CHUNKED + b"5\r\nab"),
    "closed before the last chunk": once(CHUNKED + b"2\r\n{}\r\n"),
}
GARBAGE: dict[str, Handler] = {
    "no HTTP": once(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    "a page without a head": once(b"<html></html>\r\n\r\n"),
    "another HTTP": once(b"HTTP/2 200 OK\r\ncontent-length: 0\r\n\r\n"),
    "a status of four digits": once(b"HTTP/1.1 2000 OK\r\ncontent-length: 0\r\n\r\n"),
    "a status below 100": once(b"HTTP/1.1 099 OK\r\ncontent-length: 0\r\n\r\n"),
    "a chunk size that is no number": once(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"),
    "a negative length": once(OK + b"content-length: -2\r\n\r\n{}"),
    "a header without a colon": once(answer(b"{}", b"header")),
    "a header with a blank in its name": once(answer(b"{}", b"a b: c")),
    "a folded header": once(answer(b"{}", b"a: b\r\n c")),
}
LOST = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)


@pytest.mark.case("C08", "C10")
@pytest.mark.parametrize("request_to", [get, post], ids=["GET", "POST"])
@pytest.mark.parametrize("handler", (CUT | GARBAGE).values(), ids=(CUT | GARBAGE).keys())
async def test_a_lost_or_unreadable_answer_may_have_been_acted_on(
    transport: Transport, handler: Handler, request_to: Callable[[str], httpx.Request]
) -> None:
    async with serving(handler) as server:
        with pytest.raises(LOST):
            await transport.handle_async_request(request_to(server.url))

        assert server.opened == 1  # the adapter decides about a second try, not the transport


@pytest.mark.case("C10")
@pytest.mark.parametrize(
    "handler",
    [
        always(CHUNKED.replace(b"OK\r\n", b"OK\r\ncontent-length: 2\r\n") + b"2\r\n{}\r\n0\r\n\r\n"),
        always(OK + b"transfer-encoding: chunked\r\ncontent-length: 99\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        always(OK + b"content-length: 2\r\ncontent-length: 2\r\n\r\n{}"),
        always(OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{} "),
    ],
    ids=["a length and chunks", "chunks and another length", "the same length twice", "two different lengths"],
)
async def test_an_answer_of_ambiguous_length_is_refused(transport: Transport, handler: Handler) -> None:
    async with serving(handler) as server:
        with pytest.raises(AnswerRefusedError):
            await transport.handle_async_request(get(server.url))


@pytest.mark.parametrize(
    "parts",
    [
        [OK + b"\r\n", b"[1]"],
        [CHUNKED, b"1\r\n[\r\n", b"2;ext=1\r\n1]\r\n", b"0\r\nx-trailer: 1\r\n\r\n"],
        [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n", answer(b"[1]")],
        [answer(b"[1]")[index : index + 1] for index in range(len(answer(b"[1]")))],
        [answer(b"[1]", b"x-odd: caf\xe9")],
    ],
    ids=["ended by closing", "in chunks", "after interim answers", "byte by byte", "with a header in latin-1"],
)
async def test_an_answer_may_come_in_any_legal_form(transport: Transport, parts: list[bytes]) -> None:
    async with serving(once(*parts)) as server:
        assert await (await transport.handle_async_request(get(server.url))).aread() == b"[1]"


@pytest.mark.parametrize("status", [200, 204, 301, 304, 400, 401, 503, 600, 999])
async def test_every_status_is_an_answer(transport: Transport, status: int) -> None:
    async with serving(once(b"HTTP/1.1 %d X\r\ncontent-length: 0\r\n\r\n" % status)) as server:
        assert (await transport.handle_async_request(get(server.url))).status_code == status
