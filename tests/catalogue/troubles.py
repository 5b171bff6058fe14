"""What can become of an answer between the sandbox and the facade."""

import asyncio
import random
import time
from collections.abc import Callable

from tests.catalogue.proxy import Ended, Exchange, Trouble, passed

Edit = Callable[[bytes], bytes]
MANY = 500_000_000  # bytes, of what has no end
OK = b"HTTP/1.1 200 OK\r\n"


def delayed(seconds: float, jitter: float = 0.0) -> Trouble:
    """The answer, later by so much, give or take the jitter."""

    async def trouble(exchange: Exchange) -> None:
        answer = await exchange.forward()
        await exchange.wait(max(0.0, seconds + random.uniform(-jitter, jitter)))
        await exchange.connection.send(answer)

    return trouble


async def lost(exchange: Exchange) -> None:
    """The connection is reset before the request is carried out."""
    exchange.connection.reset()
    raise Ended


async def answer_lost(exchange: Exchange) -> None:
    """The request is carried out, and the connection reset instead of an answer."""
    await exchange.forward()
    exchange.connection.reset()
    raise Ended


async def closed(_exchange: Exchange) -> None:
    """The connection is closed when the request has come: it is not carried out."""
    raise Ended


def dripped(size: int, pause: float) -> Trouble:
    """The answer in pieces of `size` bytes, each a packet of its own, with a pause after each."""

    async def trouble(exchange: Exchange) -> None:
        answer = await exchange.forward()
        for start in range(0, len(answer), size):
            await exchange.connection.send(answer[start : start + size])
            if pause:
                await exchange.wait(pause)
            else:
                await asyncio.sleep(0)  # what is written in one turn of the loop is one packet

    return trouble


def edited(edit: Edit, *, keep: bool = False) -> Trouble:
    """What `edit` makes of the answer; then the connection is closed, unless it is to be kept."""

    async def trouble(exchange: Exchange) -> None:
        await exchange.connection.send(edit(await exchange.forward()))
        if not keep:
            raise Ended

    return trouble


def stalled(edit: Edit) -> Trouble:
    """What `edit` makes of the answer, and then nothing more."""

    async def trouble(exchange: Exchange) -> None:
        await exchange.connection.send(edit(await exchange.forward()))
        await exchange.connection.hung_up()

    return trouble


def endless(start: bytes, more: bytes, pause: float = 0.0) -> Trouble:
    """The request is carried out; the answer begins with `start` and goes on with `more` for ever."""

    async def trouble(exchange: Exchange) -> None:
        await exchange.forward()
        await exchange.connection.send(start)
        for _ in range(MANY // len(more)):
            await exchange.connection.send(more)
            if pause:
                await exchange.wait(pause)
        raise Ended

    return trouble


def half_closed(edit: Edit) -> Trouble:
    """What `edit` makes of the answer, and the end of what is sent: the other direction stays open."""

    async def trouble(exchange: Exchange) -> None:
        await exchange.connection.send(edit(await exchange.forward()))
        exchange.connection.writer.write_eof()
        await exchange.connection.hung_up()

    return trouble


def flapping(down: float, up: float) -> Trouble:
    """So many seconds each request is lost, then for so many all is well, and again."""
    started = time.monotonic()

    async def trouble(exchange: Exchange) -> None:
        lies_down = (time.monotonic() - started) % (down + up) < down
        await (lost if lies_down else passed)(exchange)

    return trouble


def mixed(*troubles: Trouble, seed: int) -> Trouble:
    """One of them for each request, drawn at random."""
    draw = random.Random(seed)

    async def trouble(exchange: Exchange) -> None:
        await draw.choice(troubles)(exchange)

    return trouble


def parts(answer: bytes) -> tuple[bytes, bytes]:
    """The head of an answer without its length, to which headers can be added, and its body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
    return b"\r\n".join(lines) + b"\r\n", body


def with_headers(*headers: bytes) -> Edit:
    """The same answer with more headers."""

    def edit(answer: bytes) -> bytes:
        head, body = parts(answer)
        return (
            head + b"".join(line + b"\r\n" for line in (*headers, b"content-length: %d" % len(body))) + b"\r\n" + body
        )

    return edit


def with_body(change: Edit, *headers: bytes) -> Edit:
    """The same answer with another body, whose length is told."""

    def edit(answer: bytes) -> bytes:
        head, body = parts(answer)
        return with_headers(*headers)(head + b"\r\n" + change(body))

    return edit


def until_closed(change: Edit) -> Edit:
    """The same answer without a length: it ends with its connection."""

    def edit(answer: bytes) -> bytes:
        head, body = parts(answer)
        return head + b"\r\n" + change(body)

    return edit


def in_chunks(change: Edit = lambda chunks: chunks, *headers: bytes) -> Edit:
    """The same answer in two chunks, which `change` may damage."""

    def edit(answer: bytes) -> bytes:
        head, body = parts(answer)
        middle = len(body) // 2
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in (body[:middle], body[middle:]) if each)
        lines = b"".join(line + b"\r\n" for line in (b"transfer-encoding: chunked", *headers))
        return head + lines + b"\r\n" + change(chunks + b"0\r\n\r\n")

    return edit
