"""What the console's charts are made of, from the metrics of a facade that serves."""

from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import Metric

from facade.console.sampler import KEPT, Sampler
from facade.server import Running
from tests.faces.client import Failure
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace

pytestmark = pytest.mark.anyio

UP = {"token": "up", "publish": "up", "integration": "up", "bpm": "up"}


def sampler_of(facade: Running) -> Sampler:
    assert facade.metrics is not None
    return Sampler(facade.metrics.families, lambda: UP)


async def call_both(facade: Running) -> None:
    """A call that is answered over gRPC, and one that fails over GraphQL."""
    async with GrpcFace(facade.grpc) as grpc, GraphqlFace(facade.http) as graphql:
        await grpc.call("GetUser", {"mail": "api@example.com"})
        with pytest.raises(Failure):
            await graphql.call("GetUser", {"mail": "nobody@example.com"})


async def test_calls_become_points_of_all_requests_and_of_the_upstream_they_went_to(facade: Running) -> None:
    sampler = sampler_of(facade)
    await sampler.look()
    await call_both(facade)
    await sampler.look()
    told = sampler.history()
    assert told["states"] == UP
    assert told["series"].keys() == {"all", *UP}
    _, rate, failed, *seconds = told["series"]["all"][-1]
    assert rate > 0
    assert failed == pytest.approx(rate / 2, rel=0.05)
    assert all(each > 0 for each in seconds)
    assert told["series"]["bpm"][-1][1] > 0
    assert told["series"]["publish"][-1][1:] == [0, 0, None, None, None]


async def test_operations_are_told_by_face(facade: Running) -> None:
    sampler = sampler_of(facade)
    await sampler.look()
    await call_both(facade)
    await sampler.look()
    rows = {tuple(row[:2]): row[2:4] for row in sampler.latest()["operations"]["rows"]}
    assert rows == {("graphql", "user"): [1, 1], ("grpc", "ProvisioningService/GetUser"): [1, 0]}


async def test_who_comes_while_it_looks_is_told_the_last_look_as_a_whole(facade: Running) -> None:
    assert facade.metrics is not None
    families = facade.metrics.families
    seen: list[dict[str, Any]] = []

    def looked_at() -> Iterator[Metric]:
        for family in families():
            if sampler.number:
                seen.append(sampler.history())
            yield family

    sampler = Sampler(looked_at, lambda: UP)
    await sampler.look()
    first = sampler.history()
    await sampler.look()
    assert seen
    assert all(each == first for each in seen)


async def test_no_more_is_kept_than_a_quarter_of_an_hour(facade: Running) -> None:
    sampler = sampler_of(facade)
    for _ in range(KEPT + 5):
        await sampler.look()
    assert {len(points) for points in sampler.history()["series"].values()} == {KEPT}
    assert {len(points) for points in sampler.latest()["series"].values()} == {1}


async def test_without_metrics_there_are_states_alone() -> None:
    sampler = Sampler(None, lambda: {"bpm": "down"})
    await sampler.look()
    told = sampler.history()
    assert (told["metrics"], told["states"], told["series"]) == (False, {"bpm": "down"}, {})
