"""Answers in any pieces, damaged in any way: each call ends, with its own answer or a known error."""

import asyncio
import gzip
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from facade.errors import FacadeError
from facade.upstreams.connection import Answer, AnswerRefusedError, Connection
from facade.upstreams.meaning import meaning
from facade.upstreams.rest import fields
from facade.upstreams.transport import unpacked
from tests.upstreams.doubles import READ

LARGEST = 2000  # bytes of a body
KNOWN = (httpx.ReadError, httpx.RemoteProtocolError, AnswerRefusedError)
OFTEN = settings(max_examples=200, deadline=None)  # no time limit for one of them: the machine may be busy


class Wire(asyncio.Transport):
    """A connection's transport that goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = False

    def write(self, _data: Any) -> None:
        """Takes the request."""

    def abort(self) -> None:
        """Ends the connection."""
        self.ended = True

    def is_closing(self) -> bool:
        return self.ended

    def get_write_buffer_size(self) -> int:
        return 0


class Line:
    """A connection and its wire: what a loop does with both, and no more."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.connection = Connection(max_answer=LARGEST)
        self.connection.connection_made(self.wire)

    def receive(self, pieces: list[bytes]) -> None:
        """The pieces come, as long as the connection is there."""
        for piece in pieces:
            if not self.wire.ended:
                self.connection.data_received(piece)

    def end(self) -> None:
        """The upstream ends the connection."""
        if not self.wire.ended:
            self.connection.eof_received()
        self.wire.ended = True
        self.connection.connection_lost(None)

    async def exchange(self, pieces: list[bytes], *, ends: bool) -> Answer | Exception:
        """The answer, or what came instead. After all pieces, and the end, a call that goes on would hang for ever."""
        call = asyncio.ensure_future(self.connection.exchange(b"GET / HTTP/1.1\r\n\r\n"))
        await asyncio.sleep(0)
        self.receive(pieces)
        if ends:
            self.end()
        try:
            async with asyncio.timeout(5):
                return unpacked(await call, LARGEST)
        except KNOWN as error:
            return error


@dataclass(frozen=True)
class Sent:
    """A legal answer: its bytes, and what they say."""

    raw: bytes
    status: int
    body: bytes
    until_closed: bool = False


@st.composite
def answers(draw: st.DrawFn, mark: str = "mine") -> Sent:
    """Legal answers of all forms whose bodies hold `mark`."""
    status = draw(st.sampled_from([200, 201, 302, 400, 401, 404, 500, 503]))
    body = orjson.dumps({"message": mark + draw(st.text(max_size=20)), "n": draw(st.integers(0, 9))})
    content, lines = body, [b"content-type: application/json"]
    if draw(st.booleans()):
        content = gzip.compress(body, mtime=0)
        lines.append(draw(st.sampled_from([b"Content-Encoding: gzip", b"content-encoding:gzip"])))
    framing = draw(st.sampled_from(["length", "chunks", "closing"]))
    if framing == "length":
        lines.append(b"Content-Length: %d" % len(content))
    elif framing == "chunks":
        lines.append(b"Transfer-Encoding: chunked")
        middle = draw(st.integers(1, len(content)))
        chunks = [chunk for chunk in (content[:middle], content[middle:]) if chunk]
        content = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    interim = draw(
        st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nlink: x\r\n\r\n" * 2])
    )
    head = b"\r\n".join([b"HTTP/1.1 %d Said" % status, *draw(st.permutations(lines))])
    return Sent(interim + head + b"\r\n\r\n" + content, status, body, framing == "closing")


def split(raw: bytes, places: list[int]) -> list[bytes]:
    """The bytes in pieces, cut at these places as far as there are such."""
    cuts = [0, *sorted({place for place in places if place < len(raw)}), len(raw)]
    return [raw[start:end] for start, end in pairwise(cuts) if start < end]


PLACES = st.lists(st.integers(1, 300), max_size=12)
# What confuses readers of HTTP; the rest is arbitrary.
PIECES = st.sampled_from(
    [
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b" ",
        b"\r\n\r\n",
        b"0\r\n\r\n",
        b"ffffffffffffffff\r\n",
        b"-1\r\n",
        b"content-length: 3\r\n",
        b"transfer-encoding: chunked\r\n",
        b"transfer-encoding: identity\r\n",
        b"content-encoding: gzip\r\n",
        b"connection: close\r\n",
        b"upgrade: x\r\nconnection: upgrade\r\n",
        b"HTTP/1.1 101 X\r\n\r\n",
        b"HTTP/1.1 204 X\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother",
    ]
) | st.binary(max_size=8)
# Where, how much goes, and what comes instead.
DAMAGE = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 30), PIECES), min_size=1, max_size=4)

SURPLUS = st.just(b"") | PIECES | answers("surplus").map(lambda sent: sent.raw)


def damaged(raw: bytes, damage: list[tuple[int, int, bytes]]) -> bytes:
    """The bytes with parts of them replaced."""
    for place, gone, instead in damage:
        at = place % (len(raw) + 1)
        raw = raw[:at] + instead + raw[at + gone :]
    return raw


@pytest.mark.case("C20")
@OFTEN
@given(answers(), PLACES)
async def test_a_legal_answer_is_read_in_any_pieces(sent: Sent, places: list[int]) -> None:
    got = await Line().exchange(split(sent.raw, places), ends=sent.until_closed)

    assert isinstance(got, Answer)
    assert (got.status, got.body) == (sent.status, sent.body)


@pytest.mark.case("C08", "C10")
@OFTEN
@given(answers(), DAMAGE, PLACES)
@example(Sent(b"HTTP/1.1 200 OK\r\n\r\n{}", 200, b"{}"), [(0, 0, b"HTTP/1.1 101 X\r\n\r\n")], [1])
@example(Sent(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", 200, b"{}"), [(17, 0, b"content-length: 3\r\n")], [])
@example(Sent(b"HTTP/1.1 200 OK\r\n\r\n{}", 200, b"{}"), [(0, 30, b"")], [])
async def test_whatever_comes_a_call_ends_with_an_answer_or_a_known_error(
    sent: Sent, damage: list[tuple[int, int, bytes]], places: list[int]
) -> None:
    got = await Line().exchange(split(damaged(sent.raw, damage), places), ends=True)

    if isinstance(got, Answer):
        assert len(got.body) <= LARGEST
        with suppress(FacadeError):
            meaning(READ, "bpm", got.status, fields(got), got.body)


@pytest.mark.case("C08", "C09")
@OFTEN
@given(answers(), st.integers(0, 500), PLACES)
async def test_an_answer_that_is_cut_short_is_never_taken_for_whole(sent: Sent, cut: int, places: list[int]) -> None:
    """One without a length and not packed may be, as HTTP has it: then its JSON is not whole."""
    got = await Line().exchange(split(sent.raw[: cut % len(sent.raw)], places), ends=True)

    if isinstance(got, Answer):
        assert sent.until_closed
        assert sent.body.startswith(got.body)
        with pytest.raises(orjson.JSONDecodeError):
            orjson.loads(got.body)


@pytest.mark.case("C16")
@OFTEN
@given(answers("first").filter(lambda sent: not sent.until_closed), SURPLUS, answers(), PLACES, st.booleans())
@example(
    Sent(b"HTTP/1.1 204 X\r\n\r\n", 204, b""), b"\r\n", Sent(b"HTTP/1.1 200 OK\r\n\r\n{}", 200, b"{}", True), [], True
)
@example(
    Sent(b"HTTP/1.1 204 X\r\n\r\n", 204, b""), b"H", Sent(b"HTTP/1.1 200 OK\r\n\r\n{}", 200, b"{}", True), [], True
)
async def test_nothing_of_one_answer_is_in_the_next(
    first: Sent, surplus: bytes, second: Sent, places: list[int], at_once: bool
) -> None:
    """Surplus bytes come with the first answer, or after it and before anybody asks again."""
    line = Line()
    got = await line.exchange(split(first.raw + surplus if at_once else first.raw, places), ends=False)
    assert isinstance(got, Answer)
    assert (got.status, got.body) == (first.status, first.body)
    if not at_once:
        line.receive([surplus] if surplus else [])
    if line.connection.reusable:
        then = await line.exchange(split(second.raw, places), ends=second.until_closed)
        assert isinstance(then, Answer)
        assert (then.status, then.body) == (second.status, second.body)
