"""The tables of a run, in Markdown."""

import platform
import shutil
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version

from benchmarks import nginx
from benchmarks.measure import Figures, ratio, spread
from benchmarks.servers import FACADE

LIBRARIES = ("grpcio", "protobuf", "uvicorn", "uvloop", "httptools", "graphql-core", "strawberry-graphql", "orjson")
COLUMNS = "operation | server | CPU µs | requests/s | p50 ms | p99 ms | upstream calls | MiB"
MIDDLE = ("rate", "p50", "p99", "calls", "memory")
Found = Mapping[tuple[str, str], Sequence[Figures]]


def about(now: datetime) -> str:
    """When, and with what."""
    told = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in LIBRARIES)]
    if nginx.available():
        told.append(nginx.version())
    if node := shutil.which("node"):
        asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=10)
        told.append(f"Node {asked.stdout.strip()}")
    return (
        "# What a call costs\n\n"
        f"Written by `python -m benchmarks --write` on {now:%Y-%m-%d}. {sys.platform}, {', '.join(told)}.\n\n"
        "One core for the server, another for the load and the upstream; 32 connections with a call in flight each; "
        "credentials of 100 callers in turn. CPU is microseconds of the serving process a request: median, and lowest "
        "to highest round. Times are what they are on a shared machine; the ratios below are what counts."
    )


def table(found: Found) -> str:
    """All figures."""
    rows = [f"| {COLUMNS} |", "|---|---|--:|--:|--:|--:|--:|--:|"]
    for (operation, server), rounds in found.items():
        rate, p50, p99, calls, memory = (statistics.median(getattr(each, name) for each in rounds) for name in MIDDLE)
        cells = [operation, server, spread([each.cpu for each in rounds]), f"{rate:.0f}", f"{p50:.1f}", f"{p99:.1f}"]
        rows.append(f"| {' | '.join([*cells, f'{calls:.2f}', f'{memory:.0f}'])} |")
    return "## Figures\n\n" + "\n".join(rows)


def totals(found: Found) -> str:
    """The facade's CPU in terms of the others'."""
    rows = ["| operation | facade's CPU, in terms of | ratio |", "|---|---|--:|"]
    for (operation, server), rounds in found.items():
        if server != FACADE.name:
            ours = [each.cpu for each in found[operation, FACADE.name]]
            rows.append(f"| {operation} | {server} | {ratio(ours, [each.cpu for each in rounds]):.2f} |")
    return "## Ratios\n\nMedians of the ratios of each round.\n\n" + "\n".join(rows)
