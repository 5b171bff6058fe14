"""Calls that wait within gRPC until the process looks at them."""

from collections.abc import Iterator

import httpx
import pytest

from facade.rpc import server
from facade.server import running
from tests.rpc.flood import EMPTY, RST_STREAM, Flood, flood, head
from tests.rpc.http2 import DATA, END_HEADERS, END_STREAM, HEADERS, frame
from tests.support import basic, settings_for, until
from tests.transports import running_api

pytestmark = pytest.mark.anyio

MANY = 200  # calls in one write


@pytest.mark.case("F03")
async def test_of_more_calls_than_may_wait_some_are_refused_at_once_and_reach_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "MAX_PENDING", 1)
    monkeypatch.setattr(server, "MOST_PENDING", 2)
    made = asked = 0

    def counted(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return running_api(request)

    async with (
        running(settings_for("http://upstream.invalid"), httpx.MockTransport(counted)) as facade,
        flood(facade.grpc) as connection,
    ):
        while RST_STREAM not in ends(connection):  # a process that is fast enough may have looked at all in time
            assert made < 50 * MANY
            await connection.send(b"".join(calls(facade.grpc, after=made)))
            made += MANY
            await until(lambda: len(ends(connection)) == made)  # noqa: B023 - asked within the turn
    assert ends(connection).count(HEADERS) == asked


def calls(address: str, after: int) -> Iterator[bytes]:
    """MANY whole calls, on streams after so many others."""
    block = head(address, basic())
    for number in range(after, after + MANY):
        stream = 2 * number + 1
        yield frame(HEADERS, END_HEADERS, stream, block) + frame(DATA, END_STREAM, stream, EMPTY)


def ends(connection: Flood) -> list[int]:
    """The last frame's type of each stream that has ended; of one that is reset, too, it may have more than one."""
    ended = {
        stream: kind
        for kind, flags, stream, _ in connection.heard
        if kind == RST_STREAM or (kind == HEADERS and flags & END_STREAM)
    }
    return [*ended.values()]
