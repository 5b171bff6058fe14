"""Answers that the network bends: told on both faces as the design says, done once at most, and nothing left behind."""

import gzip
from dataclasses import dataclass

import pytest

from tests.catalogue import canary
from tests.catalogue.proxy import Trouble
from tests.catalogue.stand import LATE, standing, told, unharmed
from tests.catalogue.troubles import (
    OK,
    Edit,
    answer_lost,
    closed,
    dripped,
    edited,
    endless,
    half_closed,
    in_chunks,
    lost,
    stalled,
    until_closed,
    with_body,
    with_headers,
)
from tests.faces.stack import FACES

INTERIM = b"HTTP/1.1 102 Processing\r\n\r\n"
LOST = ("UNAVAILABLE UPSTREAM_UNREACHABLE", "UNKNOWN OUTCOME_UNKNOWN")
MALFORMED = ("INTERNAL UPSTREAM_MALFORMED_RESPONSE",) * 2
SHORT = 0.9  # seconds that a call has which is to run out of time
LONG = 20.0
PLANTED = f"x-leak: {canary.SENTENCE}\r\n".encode()
MANY_HEADERS = [b"x-%d: canary" % number for number in range(10_000)]
BOMB = gzip.compress(bytes(30_000_000), 1)


def cut(count: int) -> Edit:
    return lambda text: text[:-count]


@dataclass(frozen=True)
class Bent:
    """A row: what a read, and a write, is told about an answer that meets `trouble`.

    Attributes:
        arrives: whether the request is carried out before the trouble.

    """

    case: str
    name: str
    trouble: Trouble
    told: tuple[str, str]
    arrives: bool = True


BENT = [
    # A write of which nobody knows whether it arrived is not sent again; a read is, and fails when that does not help.
    Bent("C05", "closed as the request is written", closed, LOST, arrives=False),
    Bent("C05", "reset as the request is written", lost, LOST, arrives=False),
    Bent("C05", "reset after the request was carried out", answer_lost, LOST),
    Bent("C06", "a status line and no more", stalled(lambda _: OK), (LATE, LATE)),
    Bent("C06", "a head and no more", stalled(lambda answer: with_headers(PLANTED[:-2])(answer)[:-80]), (LATE, LATE)),
    Bent("C08", "fewer bytes than announced", edited(cut(5)), LOST),
    Bent("C08", "no bytes though some are announced", edited(lambda answer: answer.partition(b"{")[0]), LOST),
    Bent("C08", "half a head", edited(lambda answer: answer[:40]), LOST),
    Bent("C09", "a body cut short by the end of the connection", edited(until_closed(cut(5))), MALFORMED),
    Bent("C09", "no body before the end of the connection", edited(until_closed(lambda _: b"")), MALFORMED),
    Bent("C10", "no last chunk", edited(in_chunks(cut(5))), LOST),
    Bent("C10", "the end within a chunk", edited(in_chunks(cut(12))), LOST),
    Bent("C10", "a size that is no number", edited(in_chunks(lambda chunks: b"zz\r\n" + chunks)), LOST),
    Bent("C10", "a size beyond all bounds", edited(in_chunks(lambda chunks: b"f" * 20 + b"\r\n" + chunks)), LOST),
    Bent("C10", "a negative size", edited(in_chunks(lambda chunks: b"-1\r\n" + chunks)), LOST),
    Bent("C10", "a chunk longer than its size", edited(in_chunks(lambda chunks: b"1\r\n{{\r\n" + chunks)), LOST),
    Bent("C10", "a length beside chunks", edited(in_chunks(bytes, b"content-length: 4")), MALFORMED),
    Bent("C10", "two lengths", edited(with_headers(b"content-length: 2")), MALFORMED),
    Bent("C13", "a body without end", endless(OK + b"\r\n", bytes(65_536)), MALFORMED),
    Bent("C13", "a body of 500 MB", endless(OK + b"content-length: 500000000\r\n\r\n", bytes(65_536)), MALFORMED),
    Bent("C14", "gzip that is none", edited(with_headers(b"content-encoding: gzip")), MALFORMED),
    Bent("C14", "gzip cut short", edited(with_body(lambda body: gzip.compress(body)[:-9], b"content-encoding: gzip")),
         MALFORMED),
    Bent("C14", "another encoding", edited(with_headers(b"content-encoding: br")), MALFORMED),
    Bent("C14", "a bomb", edited(with_body(lambda _: BOMB, b"content-encoding: gzip")), MALFORMED),
    Bent("C15", "a header of 200 KB", edited(with_headers(b"x-a: " + b"canary" * 35_000)), MALFORMED),
    Bent("C15", "10,000 headers", edited(with_headers(*MANY_HEADERS)), MALFORMED),
    Bent("C15", "headers without end", endless(OK, b"x-a: canary\r\n" * 100), MALFORMED),
    # The catalogue has DEADLINE_EXCEEDED for interim answers without end. So it is where they come slowly; where they
    # come fast, waiting would cost CPU and tell nothing new: they are too much of a head, as the design's "too large".
    Bent("C18", "interim answers without end", endless(INTERIM, INTERIM, 0.01), (LATE, LATE)),
    Bent("C18", "interim answers without end or pause", endless(INTERIM, INTERIM * 100), MALFORMED),
    Bent("C19", "half-closed after the head", half_closed(lambda answer: answer.partition(b"{")[0]), LOST),
    Bent("C19", "half-closed before the answer", half_closed(lambda _: b""), LOST),
    Bent("C20", "a byte now and then", dripped(1, 0.05), (LATE, LATE)),
    Bent("D01", "no HTTP", edited(lambda _: b"SSH-2.0-canary\r\n\r\n"), LOST),
    Bent("D01", "a page without a head", edited(lambda _: canary.HTML.encode()), LOST),
]  # fmt: skip


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("bent", [pytest.param(bent, id=bent.name, marks=pytest.mark.case(bent.case)) for bent in BENT])
async def test_a_bent_answer_is_told_and_leaves_nothing_behind(
    name: str, bent: Bent, caplog: pytest.LogCaptureFixture
) -> None:
    timeout = SHORT if LATE in bent.told else LONG
    async with standing() as stand:
        canary.loud(caplog)
        async with unharmed(stand):
            stand.proxy.meet(bent.trouble, path="/bpm")
            read = await stand.failure(name, "GetUser", {"mail": "api@example.com"}, timeout)
            stand.proxy.meet(bent.trouble, path="/publish")
            write = await stand.failure(name, "PublishEvent", {"event": {"entity": "written"}}, timeout)

        assert (told(read), told(write)) == bent.told
        assert len(stand.bodies("/publish/*", "written")) == int(bent.arrives)
        assert not canary.leaked(read.received, write.received, canary.logged(caplog))
        assert stand.proxy.connections <= 1


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(closed, id="closed as it is written", marks=pytest.mark.case("C05")),
        pytest.param(lost, id="reset as it is written", marks=pytest.mark.case("C05")),
        pytest.param(edited(cut(5)), id="fewer bytes than announced", marks=pytest.mark.case("C08")),
    ],
)
async def test_a_read_that_met_it_once_is_answered(name: str, trouble: Trouble) -> None:
    async with standing() as stand, unharmed(stand):
        stand.proxy.meet(trouble, path="/bpm", times=1)

        found = await stand.call(name, "GetUser", {"mail": "api@example.com"})

        assert found["user"]["mail"] == "api@example.com"


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(edited(until_closed(bytes)), id="ended by closing", marks=pytest.mark.case("C09")),
        pytest.param(half_closed(until_closed(bytes)), id="ended by half-closing", marks=pytest.mark.case("C19")),
        pytest.param(edited(in_chunks(), keep=True), id="in chunks", marks=pytest.mark.case("C10")),
        pytest.param(dripped(1, 0.0), id="in packets of one byte", marks=pytest.mark.case("C20")),
        pytest.param(
            edited(lambda answer: INTERIM * 5 + answer), id="after interim answers", marks=pytest.mark.case("C18")
        ),
        pytest.param(
            edited(with_body(gzip.compress, b"content-encoding: gzip")), id="packed", marks=pytest.mark.case("C14")
        ),
    ],
)
async def test_a_whole_list_is_read_in_whatever_form_it_comes(name: str, trouble: Trouble) -> None:
    async with standing() as stand, unharmed(stand):
        stand.proxy.meet(trouble)

        page = await stand.call(name, "ListUsers", {"page_size": 100} if name == "grpc" else {"first": 100})

        mails = [user["mail"] for user in page["users" if name == "grpc" else "nodes"]]
        assert mails == [user["mail"] for user in stand.upstream.state.roster.page(0, 99)]


def fewer_users(body: bytes) -> bytes:
    """The list without its last user, in JSON that is whole."""
    return body[: body.rindex(b',{"mail"')] + b"]}"


@pytest.mark.case("C09")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize(
    "framed", [until_closed(bytes), in_chunks(), bytes], ids=["by closing", "in chunks", "by length"]
)
async def test_a_list_cut_where_it_is_still_json_is_not_called_complete(name: str, framed: Edit) -> None:
    async with standing() as stand, unharmed(stand):
        stand.proxy.meet(edited(lambda answer: framed(with_body(fewer_users)(answer))), path="/bpm")

        failure = await stand.failure(name, "ListUsers", {})

        assert (failure.code, failure.reason) == ("INTERNAL", "UPSTREAM_MALFORMED_RESPONSE")


@pytest.mark.case("C16")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"], ids=["204", "304"])
@pytest.mark.parametrize("headers", [b"", b"content-length: 6\r\n"], ids=["no length", "a length"])
async def test_what_follows_an_answer_without_a_body_is_not_the_next_answer(
    name: str, status: bytes, headers: bytes
) -> None:
    """HEAD, which the row has too, is a method that the facade never uses."""
    page = canary.HTML.encode()
    surplus = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(page) + page
    async with standing() as stand, unharmed(stand):
        before = stand.proxy.server.opened
        stand.proxy.meet(
            edited(lambda _: b"HTTP/1.1 " + status + b"\r\n" + headers + b"\r\n" + surplus, keep=True),
            path="/bpm",
            times=1,
        )
        failure = await stand.failure(name, "GetUser", {"mail": "api@example.com"})

        assert (failure.code, failure.reason) == ("INTERNAL", "UPSTREAM_MALFORMED_RESPONSE")
        found = await stand.call(name, "GetUser", {"mail": "user@example.com"})
        assert found["user"]["mail"] == "user@example.com"
        assert stand.proxy.server.opened == before + 1


@pytest.mark.case("C16")
@pytest.mark.parametrize("name", FACES)
async def test_an_answer_too_many_is_nobodys(name: str) -> None:
    async with standing() as stand, unharmed(stand):
        stand.proxy.meet(edited(lambda answer: answer + answer.replace(b"api@", b"canary@"), keep=True), path="/bpm")

        for mail in ("api@example.com", "user@example.com") * 3:
            assert (await stand.call(name, "GetUser", {"mail": mail}))["user"]["mail"] == mail
