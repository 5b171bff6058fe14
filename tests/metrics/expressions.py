"""What an expression of Prometheus asks for: which metrics, by which labels, with which of their values."""

import re
from collections.abc import Iterator

from facade.access.operations import FIELDS, GATEWAYS, OPERATIONS
from facade.errors import Code, Reason
from facade.meters import LOGINS
from facade.metrics import labels
from facade.metrics.metrics import Metrics
from facade.tally import Tally

GIVEN = {"job", "instance"}  # labels that Prometheus adds
NAME = re.compile(r"\b(?:facade|process)_\w+")
SELECTED = re.compile(r"\b((?:facade|process)_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
PARTS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
# Each label's values, all of which the code knows.
VALUES: dict[str, set[str]] = {
    "face": {"grpc", "graphql"},
    "operation": {*OPERATIONS, *FIELDS, *GATEWAYS, *(call for calls in labels.CALLS.values() for call in calls)}
    | {"several", "none", "other"},
    "code": {"OK", "CANCELLED", *Code},
    "reason": {"", *Reason},
    "upstream": set(labels.UPSTREAMS),
    "cause": {labels.CONGESTED, *labels.SHED.values(), labels.BREAKER, labels.CONCURRENCY},
    "outcome": set(LOGINS),
}


def there() -> dict[str, tuple[str, set[str]]]:
    """Each metric's samples, by name: of which metric they are, and the labels that they have."""
    tally = Tally()
    tally.runs()
    metrics = Metrics(sorted(OPERATIONS), FIELDS, labels.UPSTREAMS, ("1", "3", "1"), tally)
    metrics.meters.finished("grpc")("x", "id", 0.0, operation="none")  # a histogram has no labels before
    metrics.meters.upstream("bpm").ended("GetUser", 0.1, None)
    found: dict[str, tuple[str, set[str]]] = {}
    for family in metrics.families():
        has = {label for sample in family.samples for label in sample.labels}
        found |= {family.name + part: (family.name, has) for part in PARTS[family.type]}
    return found


def asked(expression: str) -> set[str]:
    """The names of the samples that an expression asks for."""
    return set(NAME.findall(expression))


def mistakes(expression: str) -> Iterator[str]:
    """What an expression asks for that there is not."""
    known = there()
    selected = SELECTED.findall(expression)
    for name, matchers in selected:
        if name in known:
            yield from wrong_matchers(name, known[name][1] | GIVEN, matchers)
        else:
            yield f"there is no {name}"
    has = GIVEN.union(*(known[name][1] for name, _ in selected if name in known))
    grouped = {label.strip() for group in GROUPED.findall(expression) for label in group.split(",")}
    yield from (f"nothing has the label {label}" for label in sorted(grouped - has))


def wrong_matchers(name: str, has: set[str], matchers: str) -> Iterator[str]:
    """What is wrong with the part in braces."""
    for label, how, value in MATCHER.findall(matchers):
        if label not in has:
            yield f"{name} has no {label}"
        elif label not in GIVEN:
            given = value.split("|") if how.endswith("~") else [value]
            yield from (f"{label} is never {each}" for each in given if each not in VALUES[label])
