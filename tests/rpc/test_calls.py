"""What every rpc passes through: a defect of ours is masked and logged, and no call is left unanswered."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo

from facade.caller import Caller
from facade.errors import Code, FacadeError, Reason
from facade.v1 import provisioning_pb2, provisioning_pb2_grpc, ticket_pb2, ticket_pb2_grpc
from tests.rpc.server import GATE, served
from tests.support import until
from tests.wire import detail, failed

pytestmark = pytest.mark.anyio

CANARY = "canary-7f3a"
TICKETS = ticket_pb2.DESCRIPTOR.services_by_name["TicketService"]
USERS = provisioning_pb2.DESCRIPTOR.services_by_name["ProvisioningService"]
UPDATE = ticket_pb2.UpdateTicketRequest()
ALL = provisioning_pb2.StreamUsersRequest()
Work = Callable[[], Any]


class Tickets:
    """A TicketService whose one method is the test's."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def UpdateTicket(self, _request: Any, _caller: Caller) -> Any:  # noqa: N802 - the contract's name
        return await self._work()

    def __getattr__(self, name: str) -> Any:
        return None  # the other method is not called


class Users:
    """A ProvisioningService whose stream is the test's."""

    def __init__(self, stream: Callable[[], AsyncGenerator[Any, None]]) -> None:
        self._stream = stream

    def StreamUsers(self, _request: Any, _caller: Caller) -> AsyncGenerator[Any, None]:  # noqa: N802 - as above
        return self._stream()

    def __getattr__(self, name: str) -> Any:
        return None  # the other methods are not called


async def breaks() -> None:
    raise RuntimeError(f"failed at {CANARY}")


async def breaks_in_a_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(breaks())


async def takes_too_long() -> None:
    async with asyncio.timeout(0):
        await asyncio.Event().wait()


async def answers_something_else() -> str:
    return CANARY


async def raises_cancelled() -> None:
    raise asyncio.CancelledError(CANARY)


async def awaits_a_cancelled_task() -> None:
    task = asyncio.create_task(asyncio.Event().wait())
    task.cancel()
    await task


@pytest.mark.case("H01")
@pytest.mark.parametrize(
    "work",
    [
        pytest.param(breaks, id="an exception"),
        pytest.param(breaks_in_a_group, id="an exception in a task group"),
        pytest.param(takes_too_long, id="a timeout of our own"),
        pytest.param(answers_something_else, id="an answer that is no message"),
    ],
)
async def test_a_defect_is_masked_and_logged(work: Work, caplog: pytest.LogCaptureFixture) -> None:
    async with served(Tickets(work), TICKETS) as channel:
        call = ticket_pb2_grpc.TicketServiceStub(channel).UpdateTicket(UPDATE, metadata=(("x-request-id", "id-1"),))
        error = await failed(call)
    assert (error.code(), error.details()) == (
        grpc.StatusCode.INTERNAL,
        "Internal error. The request id identifies it in the log.",
    )
    assert detail(error, ErrorInfo) == ErrorInfo(reason="INTERNAL", domain="facade", metadata={"request_id": "id-1"})
    assert CANARY not in str(error.trailing_metadata())
    (logged,) = [record for record in caplog.records if record.exc_info]
    assert logged.message == "unexpected exception"
    (line,) = [record for record in caplog.records if record.name == "facade.request"]
    assert (line.levelno, line.__dict__["request_id"], line.__dict__["code"]) == (logging.WARNING, "id-1", "INTERNAL")


@pytest.mark.case("F09")
@pytest.mark.parametrize("work", [raises_cancelled, awaits_a_cancelled_task], ids=lambda work: str(work.__name__))
async def test_a_cancellation_from_within_is_answered(work: Work) -> None:
    async with served(Tickets(work), TICKETS) as channel:
        error = await failed(ticket_pb2_grpc.TicketServiceStub(channel).UpdateTicket(UPDATE, timeout=30))
    info = detail(error, ErrorInfo)
    assert info is not None
    assert (error.code(), info.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert GATE.door.in_flight == 0


async def test_a_failure_is_told_as_it_is() -> None:
    async def fails() -> None:
        raise FacadeError(Code.ABORTED, Reason.LIST_CHANGED, "It changed.", "bpm")

    async with served(Tickets(fails), TICKETS) as channel:
        error = await failed(ticket_pb2_grpc.TicketServiceStub(channel).UpdateTicket(UPDATE))
    assert (error.code(), error.details()) == (grpc.StatusCode.ABORTED, "It changed.")


@pytest.mark.case("H02")
@pytest.mark.parametrize("work", [breaks, raises_cancelled, breaks_in_a_group], ids=lambda work: str(work.__name__))
async def test_a_stream_that_breaks_ends_with_an_error_after_what_it_had_sent(work: Work) -> None:
    async def stream() -> AsyncGenerator[Any, None]:
        for name in ("a", "b"):
            yield provisioning_pb2.StreamUsersResponse(user=provisioning_pb2.User(mail=name))
        await work()

    async with served(Users(stream), USERS) as channel:
        call = provisioning_pb2_grpc.ProvisioningServiceStub(channel).StreamUsers(ALL, timeout=30)
        found: list[Any] = [await call.read() for _ in range(2)]
        assert [message.user.mail for message in found] == ["a", "b"]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
        error = caught.value
    assert error.code() is grpc.StatusCode.INTERNAL
    assert CANARY not in f"{error.details()} {error.trailing_metadata()}"


@pytest.mark.case("H13")
async def test_a_stream_whose_caller_goes_away_is_closed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "facade.request")
    closed = asyncio.Event()

    async def stream() -> AsyncGenerator[Any, None]:
        try:
            while True:
                yield provisioning_pb2.StreamUsersResponse()
        finally:
            closed.set()

    async with served(Users(stream), USERS) as channel:
        call = provisioning_pb2_grpc.ProvisioningServiceStub(channel).StreamUsers(ALL)
        await call.read()
        call.cancel()
        await until(closed.is_set)
        await until(lambda: GATE.door.in_flight == 0)
    (line,) = [record for record in caplog.records if record.name == "facade.request"]
    assert line.__dict__["code"] == "CANCELLED"


async def test_a_caller_that_does_not_read_holds_the_stream_back() -> None:
    made = 0

    async def stream() -> AsyncGenerator[Any, None]:
        nonlocal made
        large = provisioning_pb2.StreamUsersResponse(user=provisioning_pb2.User(cn="x" * 100_000))
        while made < 1000:
            made += 1
            yield large

    async with served(Users(stream), USERS) as channel:
        call = provisioning_pb2_grpc.ProvisioningServiceStub(channel).StreamUsers(ALL)
        await call.read()
        before = -1
        while before != made:  # until it stands still
            before = made
            for _ in range(200):
                await asyncio.sleep(0)
        assert made < 1000
        call.cancel()
        await until(lambda: GATE.door.in_flight == 0)
