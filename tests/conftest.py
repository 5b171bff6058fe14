"""What most tests need: a sandbox, a facade in front of it, and both faces of that facade."""

import logging
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from facade import sandbox
from facade.server import Running, running
from tests.faces.client import Face
from tests.faces.graphql import GraphqlFace
from tests.faces.rpc import GrpcFace
from tests.support import settings_for

pytest_plugins = ["tests.catalogue.plugin", "tests.catalogue.canary_run", "tests.browser.plugin"]


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop that `facade serve` runs in."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session", autouse=True)
async def one_event_loop(anyio_backend: object) -> AsyncIterator[None]:  # noqa: ARG001 - starts the loop
    """One event loop for all tests of a process: grpc.aio hands late completions to the loop that made the call, and
    where that is closed, it raises in the next test's loop, which has nothing to do with it.
    """
    yield  # noqa: PT022 - the loop ends with a generator, not with a function


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting comes from whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith("FACADE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def loggers_as_they_were() -> Iterator[None]:
    """For tests that configure logging, which is the whole process's."""
    root, ours, requests = logging.getLogger(), logging.getLogger("facade"), logging.getLogger("facade.request")
    before = root.handlers, root.level, ours.level
    yield
    requests.handlers, requests.propagate = [], True
    root.handlers = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])


@pytest.fixture
async def upstream() -> AsyncIterator[sandbox.Running]:
    async with sandbox.running() as started:
        yield started


@pytest.fixture
async def facade(upstream: sandbox.Running) -> AsyncIterator[Running]:
    async with running(settings_for(upstream.url)) as started:
        yield started


@pytest.fixture(params=["grpc", "graphql"])
async def face(request: pytest.FixtureRequest, facade: Running) -> AsyncIterator[Face]:
    """Each test that asks for a face runs through both."""
    async with GrpcFace(facade.grpc) if request.param == "grpc" else GraphqlFace(facade.http) as client:
        yield client
