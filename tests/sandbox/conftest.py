from collections.abc import AsyncIterator

import pytest

from facade.sandbox import Running, create_app, running
from tests.sandbox.client import Client


@pytest.fixture
def client() -> Client:
    return Client(create_app())


@pytest.fixture
async def sandbox() -> AsyncIterator[Running]:
    async with running() as started:
        yield started
