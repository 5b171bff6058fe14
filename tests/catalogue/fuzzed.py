"""A facade in a process of its own, with a sandbox, for tests that send it thousands of requests they have made up.

EXAMPLES in the environment says how many each is to make up, and SEEDS by which chances, as in "1,2,3".
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hypothesis import HealthCheck, settings

from tests.commands import lasting

EXAMPLES = int(os.environ.get("EXAMPLES", "30"))
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1").split(",")]
PATIENCE = 120.0 + EXAMPLES * len(SEEDS)  # seconds
MADE_UP = settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False
)
DEFECTS = {"INTERNAL", "UNKNOWN"}  # no caller can have them while the upstreams are well


@dataclass(frozen=True)
class Served:
    """Where the faces are: host and port of gRPC, URL of GraphQL."""

    grpc: str
    graphql: str


@contextmanager
def serving() -> Iterator[Served]:
    """`facade serve --sandbox`. Fails if it ends before, or logs a defect."""
    settings_ = {"GRPC_ADDRESS": "127.0.0.1:0", "HTTP_ADDRESS": "127.0.0.1:0", "LOG_LEVEL": "error"}
    environment = {f"FACADE_{name}": value for name, value in settings_.items()}
    with lasting(PATIENCE, ("serve", "--sandbox"), environment) as running:
        words = " ".join(running.lines_until("    -d '")).split()
        yield Served(words[words.index("gRPC") + 1], words[words.index("GraphQL") + 1])
        status, _, errors = running.end()
    assert status == 0, errors
    assert "Traceback" not in errors, errors
