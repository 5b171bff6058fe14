"""What the facade sends again, and what it never does, on both faces."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from facade import sandbox
from facade.upstreams.transport import Transport
from tests.faces.client import Face, Failure
from tests.faces.rows import ARGUMENTS, BPM
from tests.faces.stack import FACES, standing
from tests.support import set_faults

pytestmark = pytest.mark.anyio

USER = ARGUMENTS["GetUser"]
CONNECT = 1.5  # seconds; long beside what a busy machine adds to it
WRITES = ("PublishEvent", "UpdateTicket", "CreateUser", "DeleteUser")
# Each but the first two is carried out, although the answer does not say so.
FAULTS: dict[str, dict[str, Any]] = {
    "lost before": {"drop": "before"},
    "refused": {"status": 503},
    "lost after": {"drop": "after"},
    "cut short": {"truncate": 3},
    "late": {"delay": 30},
    "429": {"status": 429, "apply": True},
    "500": {"status": 500, "apply": True},
    "502": {"status": 502, "apply": True},
    "503": {"status": 503, "headers": {"Retry-After": "0"}, "apply": True},
    "504": {"status": 504, "apply": True},
    "nonsense": {"body": "<html>", "apply": True},
}


@pytest.fixture
def hole() -> Iterator[str]:
    """A URL where connections are neither taken nor refused."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as waiting:
        for _ in range(4):  # fill the queue, so that the next one hangs
            filler = waiting.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.case("C02")
@pytest.mark.parametrize("operation", ["GetUser", "CreateUser"])
@pytest.mark.parametrize("name", FACES)
async def test_an_upstream_that_takes_no_connection_is_waited_for_once(name: str, operation: str, hole: str) -> None:
    async with standing(
        name, transport=Transport(max_answer=1000, connect_timeout=CONNECT), bpm_url=hole, breaker_failures=1000
    ) as stack:
        started = time.monotonic()
        with pytest.raises(Failure) as caught:
            await stack.face.call(operation, ARGUMENTS[operation])
        took = time.monotonic() - started
    assert (caught.value.code, caught.value.reason) == ("UNAVAILABLE", "UPSTREAM_UNREACHABLE")
    assert CONNECT * 0.9 <= took < CONNECT * 1.9, "not a second time"


@pytest.mark.case("C03")
async def test_a_read_that_is_reset_is_sent_again_on_a_new_connection(face: Face, upstream: sandbox.Running) -> None:
    await face.call("GetUser", USER)
    await set_faults(upstream.url, {"path": BPM, "drop": "before", "times": 1})

    assert (await face.call("GetUser", USER))["user"]["mail"] == USER["mail"]
    assert len(upstream.state.log.entries(BPM)) == 3


@pytest.mark.case("F10")
async def test_with_no_time_left_nothing_is_sent_again(face: Face, upstream: sandbox.Running) -> None:
    await face.call("GetUser", USER)
    await set_faults(upstream.url, {"path": BPM, "status": 503})
    for _ in range(4):  # fewer than open the breaker
        with pytest.raises(Failure):
            await face.call("GetUser", USER, timeout=0.045)
    assert len(upstream.state.log.entries(BPM)) <= 5


@pytest.mark.case("F12")
@pytest.mark.parametrize("name", FACES)
async def test_a_write_is_carried_out_once_at_most_whatever_goes_wrong(name: str) -> None:
    async with standing(name, breaker_failures=1000) as stack:
        await stack.face.call("PublishEvent", ARGUMENTS["PublishEvent"])  # logs in
        for operation in WRITES:
            for fault, how in FAULTS.items():
                await set_faults(stack.upstream.url, how)
                before = len(stack.upstream.state.log.entries())
                timeout = 0.2 if fault == "late" else None
                with suppress(Failure):
                    await stack.face.call(operation, ARGUMENTS[operation], timeout=timeout)
                sent = stack.upstream.state.log.entries()[before:]
                assert len(sent) <= 1, (operation, fault)
                assert all(entry.method != "GET" for entry in sent)
