"""The door: who comes in, and how the last ones leave."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from facade.admission import Door, interrupted, shutting_down
from facade.errors import Code, FacadeError, Outcome, Reason, internal
from tests.support import until


class Work:
    """A request that lasts until it is let go; what it ends in is what its face would answer."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.go = asyncio.Event()
        self.answer: object = None
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        with self.door.admit():
            try:
                await self.go.wait()
                self.answer = "done"
            except asyncio.CancelledError:
                self.answer = interrupted(self.door)
                if self.answer is None:
                    raise


async def inside(door: Door, count: int) -> list[Work]:
    works = [Work(door) for _ in range(count)]
    await until(lambda: door.in_flight == count)
    return works


async def leave(*works: Work) -> None:
    for work in works:
        work.go.set()
    await asyncio.gather(*(work.task for work in works))


def refusal(door: Door) -> FacadeError:
    with pytest.raises(FacadeError) as caught, door.admit():
        raise AssertionError("came in")
    return caught.value


async def test_as_many_come_in_as_there_are_places() -> None:
    door = Door(3)
    works = await inside(door, 3)

    error = refusal(door)

    assert (error.code, error.reason) == (Code.RESOURCE_EXHAUSTED, Reason.OVERLOADED)
    assert (error.retry_after, error.outcome, error.retryable) == (1.0, Outcome.NOT_SENT, True)
    assert door.in_flight == 3
    await leave(*works)


async def test_a_place_is_free_again_when_its_request_ends() -> None:
    door = Door(1)
    for _ in range(3):
        (work,) = await inside(door, 1)
        await leave(work)
        assert door.in_flight == 0


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, FacadeError], ids=lambda each: each.__name__)
async def test_a_place_is_free_again_when_its_request_fails(error: type[BaseException]) -> None:
    door = Door(1)
    raised = shutting_down(Outcome.UNKNOWN) if error is FacadeError else error()

    with pytest.raises(error), door.admit():
        raise raised

    assert door.in_flight == 0


async def test_a_door_that_closes_lets_nobody_in_and_waits_for_those_inside() -> None:
    door = Door(3)
    works = await inside(door, 2)
    closing = asyncio.create_task(door.close(30.0))
    await until(lambda: door.closing)

    error = refusal(door)
    assert (error.code, error.reason) == (Code.UNAVAILABLE, Reason.SHUTTING_DOWN)
    assert (error.outcome, error.retryable) == (Outcome.NOT_SENT, True)
    await leave(works[0])
    assert not closing.done()
    await leave(works[1])
    await closing

    assert [work.answer for work in works] == ["done", "done"]
    assert not door.forced


async def test_a_full_door_that_closes_says_that_it_closes() -> None:
    door = Door(1)
    works = await inside(door, 1)
    closing = asyncio.create_task(door.close(30.0))
    await until(lambda: door.closing)

    assert refusal(door).reason is Reason.SHUTTING_DOWN
    await leave(*works)
    await closing


async def test_a_door_with_nobody_inside_closes_at_once() -> None:
    door = Door(1)
    started = time.monotonic()

    await door.close(30.0)

    assert time.monotonic() - started < 5
    assert (door.closing, door.forced) == (True, False)


async def test_an_empty_door_closes_at_once_after_it_was_used() -> None:
    door = Door(2)
    await leave(*await inside(door, 2))

    await asyncio.wait_for(door.close(30.0), 5)

    assert not door.forced


async def test_after_the_drain_time_the_rest_is_cancelled_and_answered() -> None:
    door = Door(3)
    works = await inside(door, 3)
    await leave(works[0])

    await door.close(0.05)
    await asyncio.gather(*(work.task for work in works))

    assert door.forced
    assert door.in_flight == 0
    for work in works[1:]:
        assert isinstance(work.answer, FacadeError)
        assert (work.answer.code, work.answer.reason) == (Code.UNAVAILABLE, Reason.SHUTTING_DOWN)
        assert work.answer.outcome is Outcome.UNKNOWN
        assert not work.answer.retryable
        assert not work.task.cancelled()
        assert work.task.cancelling() == 0  # what answers it may wait again


async def test_closing_waits_for_what_a_cancelled_request_still_has_to_do() -> None:
    door = Door(1)
    tidied = asyncio.Event()

    async def work() -> None:
        with door.admit():
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0.05)  # what it still has to do
                tidied.set()

    task = asyncio.create_task(work())
    await until(lambda: door.in_flight == 1)

    await door.close(0.0)

    assert tidied.is_set()
    with suppress(asyncio.CancelledError):
        await task


async def met(cancelled: Callable[[], Awaitable[None]], door: Door) -> FacadeError | None:
    """What is answered where `cancelled` ends in a CancelledError."""
    try:
        await cancelled()
    except asyncio.CancelledError:
        return interrupted(door)
    raise AssertionError("was not cancelled")


async def test_a_cancellation_from_within_is_a_defect_that_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    async def stray() -> None:
        raise asyncio.CancelledError

    async def of_another_task() -> None:
        other = asyncio.create_task(asyncio.Event().wait())
        other.cancel()
        await other

    for work in (stray, of_another_task):
        error = await met(work, Door(1))
        assert error is not None
        assert (error.code, error.reason) == (Code.INTERNAL, Reason.INTERNAL)
        assert error.message == internal().message
    assert "cancelled from within" in caplog.text


async def test_a_caller_who_went_away_is_not_answered() -> None:
    door = Door(1)
    (work,) = await inside(door, 1)

    work.task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await work.task
    assert work.answer is None
    assert door.in_flight == 0


async def test_outside_of_any_task_a_cancellation_is_a_defect() -> None:
    answers: list[FacadeError | None] = []
    asyncio.get_running_loop().call_soon(lambda: answers.append(interrupted(Door(1))))
    await until(lambda: bool(answers))

    assert [each and each.reason for each in answers] == [Reason.INTERNAL]
