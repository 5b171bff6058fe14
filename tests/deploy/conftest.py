"""The edge of the tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.deploy.edge import Edge, standing


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Edge]:
    """Two facades behind Envoy."""
    async with standing(tmp_path) as it:
        yield it
