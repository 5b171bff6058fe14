"""All metrics that there are."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from facade.meters import LOGINS
from facade.metrics import labels
from facade.metrics.families import Counts, Durations, Ends, Family, Gauges, laid_out


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The metrics, each with its place among so many cells."""

    requests: Ends
    request_seconds: Durations
    shed: Counts
    in_flight: Gauges
    items: Ends
    calls: Ends
    call_seconds: Durations
    retries: Counts
    refused: Counts
    up: Gauges
    open: Gauges
    sessions: Gauges
    logins: Counts
    lag: Gauges
    workers: Gauges
    build: Gauges
    cpu: Counts
    memory: Gauges
    files: Gauges
    most_files: Gauges

    @property
    def families(self) -> list[Family]:
        """All of them."""
        return [getattr(self, each.name) for each in fields(self)]


def catalogue(
    grpc: Iterable[str], graphql: Iterable[str], upstreams: Iterable[str], build: tuple[str, str, str]
) -> tuple[Catalogue, int]:
    """The metrics of a server, and how many cells they need.

    `grpc` and `graphql` are the operations of each face, `upstreams` those that are configured, and `build` the
    versions of the facade, of Python and of grpcio.
    """
    asked = [*labels.operations("grpc", grpc), *labels.operations("graphql", graphql)]
    there = [(name,) for name in labels.UPSTREAMS if name in set(upstreams)]
    calls = [(name, each) for (name,) in there for each in (*labels.CALLS[name], labels.OTHER)]
    found = Catalogue(
        **requests(asked),
        **called(there, calls),
        **process(build),
    )
    return found, laid_out(found.families)


def requests(asked: list[tuple[str, str]]) -> dict[str, Any]:
    """What callers see."""
    about = ("face", "operation")
    causes = (labels.CONGESTED, *labels.SHED.values())
    return {
        "requests": Ends("facade_requests", "Requests that have ended.", (*about, "code", "reason"), asked),
        "request_seconds": Durations(
            "facade_request_duration_seconds", "Seconds from the head of a request to its end.", about, asked
        ),
        "shed": Counts(
            "facade_requests_shed",
            "Requests refused since there was too much to do. Those that were refused unread (congested) are not among "
            "facade_requests.",
            ("face", "cause"),
            [(face, cause) for face in ("grpc", "graphql") for cause in causes],
        ),
        "in_flight": Gauges("facade_requests_in_flight", "Requests being worked on."),
        "items": Ends(
            "facade_bulk_items",
            "Items of bulk operations that have their result.",
            ("operation", "code"),
            [(operation,) for operation in labels.ITEMS],
            labels.CODES,
        ),
    }


def called(there: list[tuple[str]], calls: list[tuple[str, str]]) -> dict[str, Any]:
    """What the upstreams do."""
    about = ("upstream", "operation")
    causes = (labels.BREAKER, labels.CONCURRENCY)
    return {
        "calls": Ends(
            "facade_upstream_calls",
            "Calls to an upstream that were made, each try for itself.",
            (*about, "code", "reason"),
            calls,
        ),
        "call_seconds": Durations(
            "facade_upstream_call_duration_seconds", "Seconds that such a call took.", about, calls
        ),
        "retries": Counts("facade_upstream_retries", "Calls that were made once more.", ("upstream",), there),
        "refused": Counts(
            "facade_upstream_calls_refused",
            "Calls that were not made: the upstream is down (breaker), or has as many as it may (concurrency).",
            ("upstream", "cause"),
            [(name, cause) for (name,) in there for cause in causes],
        ),
        "up": Gauges(
            "facade_upstream_up", "Whether all processes take the upstream for up.", ("upstream",), there, min
        ),
        "open": Gauges(
            "facade_upstream_breakers_open", "Processes whose circuit breaker is open.", ("upstream",), there
        ),
        "sessions": Gauges("facade_sessions", "Token sessions that are kept."),
        "logins": Counts(
            "facade_logins",
            "Logins for token sessions; remembered: refused without asking, as a moment before.",
            ("outcome",),
            [(outcome,) for outcome in LOGINS],
        ),
    }


def process(build: tuple[str, str, str]) -> dict[str, Any]:
    """The processes that serve, all together."""
    return {
        "lag": Gauges(
            "facade_event_loop_lag_seconds", "The latest that an event loop was in the last 15 seconds.", merged=max
        ),
        "workers": Gauges("facade_workers", "Processes that serve."),
        "build": Gauges("facade_build_info", "What is running.", ("version", "python", "grpcio"), [build], merged=max),
        "cpu": Counts("process_cpu_seconds", "CPU seconds of all processes that serve, past ones too.", ()),
        "memory": Gauges("process_resident_memory_bytes", "Bytes in memory of all processes that serve."),
        "files": Gauges("process_open_fds", "Open file descriptors of all processes that serve."),
        "most_files": Gauges("process_max_fds", "File descriptors that they may have open, all together."),
    }
