"""How jobs end: sources that break or wait, cuts, defects, callers who go away; nothing is left behind."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from facade.bulk.intake import each
from facade.bulk.item import Item
from facade.bulk.lane import Lane
from facade.domain.bulk import ItemResult
from facade.errors import FacadeError, Reason
from tests.bulk.jobs import BUDGET, Upstream, collected, error, job, reasons
from tests.support import until

pytestmark = pytest.mark.anyio


async def test_what_breaks_in_the_source_is_told_after_the_results_of_what_came_before() -> None:
    upstream = Upstream()

    async def source() -> AsyncGenerator[Item, None]:
        for item in upstream.items(3):
            yield item
        raise error(Reason.INVALID_REQUEST)

    found: list[ItemResult] = []
    with pytest.raises(FacadeError, match="INVALID_REQUEST"):
        await collected(job(Lane(2, BUDGET)), source(), found)
    assert sorted(result.item_id for result in found) == ["0", "1", "2"]


async def test_a_cut_ends_a_source_that_makes_us_wait_and_keeps_the_results_of_what_was_sent() -> None:
    upstream = Upstream()
    it = job(Lane(4, BUDGET))
    found: list[ItemResult] = []

    async def source() -> AsyncGenerator[Item, None]:
        for item in upstream.items(10):
            yield item
        it.cut(error(Reason.UPSTREAM_OVERLOADED))
        await asyncio.Event().wait()

    with pytest.raises(FacadeError, match="UPSTREAM_OVERLOADED"):
        await collected(it, source(), found, endless=True)
    assert sorted(result.item_id for result in found) == sorted(upstream.calls)


@pytest.mark.parametrize("waits", [False, True], ids=["items are there", "the source makes us wait"])
async def test_a_defect_of_an_item_ends_the_job_instead_of_hanging(waits: bool) -> None:
    upstream = Upstream(lambda _: error(Reason.OUTCOME_UNKNOWN))

    def broken(_error: FacadeError) -> bool:
        raise RuntimeError("a defect")

    async def source() -> AsyncGenerator[Item, None]:
        yield upstream.item("a", again=broken)
        if waits:
            await asyncio.Event().wait()
        for item in upstream.items(10):
            yield item

    lane = Lane(4, BUDGET)
    with pytest.raises(RuntimeError, match="a defect"):
        async with asyncio.timeout(BUDGET):
            await collected(job(lane), source())
    assert reasons(await collected(job(lane), Upstream().items(5))) == [None] * 5


async def test_results_that_nobody_takes_stop_the_taking_of_items() -> None:
    upstream, taken = Upstream(), 0

    async def source() -> AsyncGenerator[Item, None]:
        nonlocal taken
        for item in upstream.items(10_000):
            taken += 1
            yield item

    lane = Lane(4, BUDGET)
    async with aclosing(job(lane).results(source())) as results:
        await anext(results)
        await until(lambda: len(upstream.calls) == taken)
        assert taken <= 2 * lane.places + 1
        rest = [result async for result in results]
    assert len(rest) == 10_000 - 1


@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
async def test_a_job_that_is_given_up_takes_its_calls_along_and_leaves_its_places(twice: bool) -> None:
    lane = Lane(4, BUDGET)
    upstream = Upstream()
    first = Upstream()
    await collected(job(lane), first.items(1))

    async def use() -> None:
        async with aclosing(job(lane, "leaver").results(each(upstream.items(100)))) as results:
            async for _ in results:
                upstream.opened.clear()

    using = asyncio.create_task(use())
    await until(lambda: upstream.in_flight == 4)
    using.cancel()
    if twice:
        await asyncio.sleep(0)
        using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    await until(lambda: upstream.in_flight == 0)
    share = lane.join("leaver")
    assert (share.jobs, share.in_flight, list(share.waiting)) == (1, 0, [])
    after = Upstream()
    assert reasons(await collected(job(lane), after.items(50))) == [None] * 50
    assert after.most == 4


async def test_jobs_that_are_given_up_at_any_moment_leave_nothing_behind() -> None:
    lane = Lane(3, BUDGET)
    for turns in range(40):
        upstreams = [Upstream(), Upstream(), Upstream()]
        running = [
            asyncio.create_task(collected(job(lane, key), upstream.items(30)))
            for key, upstream in zip("aab", upstreams, strict=True)
        ]
        for _ in range(turns):
            await asyncio.sleep(0)
        running[0].cancel()
        others = await asyncio.gather(*running, return_exceptions=True)
        assert [len(results) for results in others[1:] if isinstance(results, list)] == [30, 30]
    last = Upstream()
    await collected(job(lane), last.items(20))
    assert last.most == 3


async def test_two_jobs_of_one_caller_share_its_places() -> None:
    lane = Lane(2, BUDGET)
    order: list[str] = []
    upstreams = [Upstream(lambda _, n=number: order.append(n)) for number in ("a", "b")]  # type: ignore[misc]
    await asyncio.gather(*(collected(job(lane), upstream.items(300)) for upstream in upstreams))
    half = Counter(order[:300])
    assert min(half["a"], half["b"]) > 100
