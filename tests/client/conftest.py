"""The commands, against a facade that runs in front of a sandbox."""

from pathlib import Path

import pytest

from facade.server import Running
from tests.client.runs import Commands


@pytest.fixture
def commands(facade: Running, tmp_path: Path) -> Commands:
    return Commands(facade.grpc, tmp_path)
