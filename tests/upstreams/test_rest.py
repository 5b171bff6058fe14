"""The adapter between its callers and the transport: what is sent, and what a missing answer means."""

import asyncio
import inspect
import logging

import httpx
import pytest

from facade.errors import Code, Outcome, Reason
from facade.upstreams.connect import Addresses
from facade.upstreams.operation import Operation
from facade.upstreams.rest import Rest
from facade.upstreams.transport import AnswerRefusedError
from tests.support import until
from tests.upstreams.answers import CALLS
from tests.upstreams.doubles import BASIC, READ, WRITE, Recorder, answer, caller, connected, failure

BASE = "http://upstream.test/base"
CANARY = "canary-9c20"

Kinds = set[type[httpx.HTTPError]]
NOT_SENT: Kinds = {httpx.ConnectError, httpx.ConnectTimeout}
NONE_LEFT: Kinds = {httpx.PoolTimeout}
LOST: Kinds = {httpx.NetworkError, httpx.ReadError, httpx.WriteError, httpx.CloseError, httpx.RemoteProtocolError}
LATE: Kinds = {httpx.TimeoutException, httpx.ReadTimeout, httpx.WriteTimeout}
UNREADABLE: Kinds = {httpx.DecodingError, AnswerRefusedError}
DEFECT: Kinds = {
    httpx.HTTPError,
    httpx.HTTPStatusError,
    httpx.RequestError,
    httpx.TransportError,
    httpx.ProtocolError,
    httpx.LocalProtocolError,
    httpx.ProxyError,
    httpx.TooManyRedirects,
    httpx.UnsupportedProtocol,
}
LOST_MEANING = "UNKNOWN OUTCOME_UNKNOWN"
MEANINGS: list[
    tuple[set[type[httpx.HTTPError]], str, str, Outcome]
] = [  # of a read, of a write, whether the write can have had an effect
    (NOT_SENT, "UNAVAILABLE UPSTREAM_UNREACHABLE", "UNAVAILABLE UPSTREAM_UNREACHABLE", Outcome.NOT_SENT),
    (NONE_LEFT, "RESOURCE_EXHAUSTED OVERLOADED", "RESOURCE_EXHAUSTED OVERLOADED", Outcome.NOT_SENT),
    (LOST, "UNAVAILABLE UPSTREAM_UNREACHABLE", LOST_MEANING, Outcome.UNKNOWN),
    (LATE, "DEADLINE_EXCEEDED UPSTREAM_TIMEOUT", "DEADLINE_EXCEEDED UPSTREAM_TIMEOUT", Outcome.UNKNOWN),
    (UNREADABLE, "INTERNAL UPSTREAM_MALFORMED_RESPONSE", "INTERNAL UPSTREAM_MALFORMED_RESPONSE", Outcome.UNKNOWN),
    (DEFECT, "INTERNAL INTERNAL", "INTERNAL INTERNAL", Outcome.NO_EFFECT),
]


def test_every_exception_of_httpx_has_a_meaning() -> None:
    exported = {each for each in vars(httpx).values() if inspect.isclass(each) and issubclass(each, httpx.HTTPError)}

    assert exported == (NOT_SENT | NONE_LEFT | LOST | LATE | UNREADABLE | DEFECT) - {AnswerRefusedError}


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facade.upstreams.retry.FIRST_PAUSE", 0.0)


def raised(kind: type[httpx.HTTPError]) -> httpx.HTTPError:
    if issubclass(kind, httpx.HTTPStatusError):
        return kind(CANARY, request=httpx.Request("GET", BASE), response=answer())
    return kind(CANARY)


@pytest.mark.parametrize("operation", [READ, WRITE], ids=["a read", "a write"])
@pytest.mark.parametrize(
    ("kind", "read", "write", "in_doubt"),
    [
        pytest.param(kind, read, write, in_doubt, id=kind.__name__)
        for kinds, read, write, in_doubt in MEANINGS
        for kind in sorted(kinds, key=lambda each: each.__name__)
    ],
)
async def test_an_exception_instead_of_an_answer(
    kind: type[httpx.HTTPError],
    read: str,
    write: str,
    in_doubt: Outcome,
    operation: Operation[object],
) -> None:
    error = await failure(Rest("bpm", BASE, Recorder(raised(kind))).call(operation, caller()))

    assert f"{error.code} {error.reason}" == (read if operation.safe else write)
    assert error.outcome is (Outcome.NO_EFFECT if operation.safe and in_doubt is Outcome.UNKNOWN else in_doubt)
    assert (error.upstream, error.upstream_status) == ("" if kind in DEFECT else "bpm", 0)
    assert CANARY not in repr(error) + str(error)


async def test_a_request_that_cannot_be_made_is_a_defect_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    await failure(Rest("bpm", BASE, Recorder(httpx.LocalProtocolError("why"))).call(READ, caller()))

    assert [(each.levelname, each.name) for each in caplog.records] == [("ERROR", "facade.upstreams.unanswered")]
    assert caplog.records[0].exc_info is not None


class Silent(httpx.AsyncBaseTransport):
    """Never answers; notices that it was given up."""

    def __init__(self) -> None:
        self.waiting = 0
        self.given_up = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.waiting += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up += 1
        raise AssertionError(request)


@pytest.mark.case("C11")
@pytest.mark.parametrize(
    ("operation", "outcome"), [(READ, Outcome.NO_EFFECT), (WRITE, Outcome.UNKNOWN)], ids=["a read", "a write"]
)
async def test_the_callers_time_bounds_the_call(operation: Operation[object], outcome: Outcome) -> None:
    silent = Silent()

    error = await failure(Rest("bpm", BASE, silent).call(operation, caller(seconds=0.1)))

    assert (error.code, error.reason) == (Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT)
    assert error.outcome is outcome
    assert (silent.waiting, silent.given_up) == (1, 1)


async def test_a_cancelled_call_gives_up_at_once_and_stays_cancelled() -> None:
    silent = Silent()
    call = asyncio.create_task(Rest("bpm", BASE, silent).call(READ, caller()))
    await until(lambda: silent.waiting == 1)

    call.cancel()

    with pytest.raises(asyncio.CancelledError):
        await call
    assert silent.given_up == 1


@pytest.mark.parametrize("seconds", [0.0, -1.0], ids=["over just now", "long over"])
@pytest.mark.parametrize("operation", [READ, WRITE], ids=["a read", "a write"])
async def test_nothing_is_sent_when_the_time_is_over(operation: Operation[object], seconds: float) -> None:
    recorder = Recorder(answer())

    error = await failure(Rest("bpm", BASE, recorder).call(operation, caller(seconds=seconds)))

    assert (error.code, error.reason) == (Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT)
    assert (error.outcome, error.upstream) == (Outcome.NOT_SENT, "bpm")
    assert recorder.requests == []


@pytest.mark.parametrize("name", CALLS)
async def test_an_upstream_without_address_is_not_configured(name: str) -> None:
    recorder = Recorder(answer())

    error = await failure(CALLS[name].make(connected(recorder, Addresses()), caller()))

    assert (error.code, error.reason) == (Code.UNIMPLEMENTED, Reason.UPSTREAM_NOT_CONFIGURED)
    assert error.upstream == CALLS[name].upstream
    assert recorder.requests == []


def test_an_upstream_knows_whether_it_is_configured() -> None:
    assert Rest("bpm", BASE, Recorder()).configured
    assert not Rest("bpm", None, Recorder()).configured


async def test_the_log_names_operation_and_status_and_nothing_that_the_caller_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "facade.upstreams.rest")

    await Rest("bpm", BASE, Recorder(answer(200, [CANARY]))).call(
        READ, caller(request_id="r-7"), rest=f"/{CANARY}", headers=[("authorization", BASIC.header)]
    )

    said = vars(caplog.records[0])
    assert (said["upstream"], said["operation"], said["upstream_status"]) == ("bpm", "Read", 200)
    assert said["request_id"] == "r-7"
    assert said["ms"] >= 0
    assert CANARY not in repr(said)
    assert BASIC.header not in repr(said)
