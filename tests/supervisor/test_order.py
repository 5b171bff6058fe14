"""What a worker is told, and what of the limits is its own."""

import subprocess
import sys

import pytest

from facade.config import ConfigError, Settings
from facade.supervisor.order import Order, order, shared_out
from tests.support import settings_for


def test_an_order_arrives_as_it_was_given() -> None:
    settings = settings_for("http://upstream.example", bulk_timeout=7.5, introspection=False)
    given = Order(2, 11, 0.5, settings.model_dump())
    line = given.line()
    assert (line.count(b"\n"), order(line)) == (1, given)
    assert Settings(**order(line).settings) == settings


@pytest.mark.parametrize(("places", "workers", "each"), [(32, 2, [16, 16]), (32, 3, [11, 11, 10]), (4, 4, [1] * 4)])
def test_the_places_of_bulk_operations_are_divided(places: int, workers: int, each: list[int]) -> None:
    settings = settings_for("http://upstream.example", bulk_concurrency=places)
    shares = shared_out(settings, workers)
    assert [share.bulk_concurrency for share in shares] == each
    assert {share.model_copy(update={"bulk_concurrency": places}) for share in shares} == {settings}


def test_too_few_places_are_a_mistake() -> None:
    with pytest.raises(ConfigError, match=r"FACADE_BULK_CONCURRENCY: .* number of workers \(3\)"):
        shared_out(settings_for("http://upstream.example", bulk_concurrency=2), 3)


def test_a_supervisor_loads_nothing_that_serves() -> None:
    script = "import facade.cli.server_side, sys; print(*{'grpc', 'graphql', 'strawberry'} & sys.modules.keys())"
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert printed.stdout == "\n"
