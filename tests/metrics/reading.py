"""What a facade has counted, as a test looks at it."""

from collections.abc import Iterable

from prometheus_client.metrics_core import Metric

from facade.server import Running

Series = tuple[str, frozenset[tuple[str, str]]]


class Readings:
    """All samples, by their names and labels."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self.families = list(families)
        self.values: dict[Series, float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families
            for sample in family.samples
        }

    def sum(self, name: str, **labels: str) -> float:
        """The sum of the samples of this name that have these labels."""
        return sum(value for (each, has), value in self.values.items() if each == name and labels.items() <= has)

    def some(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """The samples of this name that are not 0, by the values of these labels."""
        found: dict[tuple[str, ...], float] = {}
        for (each, has), value in self.values.items():
            if each == name and value:
                key = tuple(dict(has)[label] for label in labels)
                found[key] = found.get(key, 0) + value
        return found


def read(facade: Running) -> Readings:
    """What it has counted up to now."""
    assert facade.metrics is not None
    return Readings(facade.metrics.families())


def ends(facade: Running) -> dict[tuple[str, ...], float]:
    """How many requests have ended, by face, operation, code and reason."""
    return read(facade).some("facade_requests_total", "face", "operation", "code", "reason")


def calls(facade: Running) -> dict[tuple[str, ...], float]:
    """How many upstream calls have ended, by upstream, operation, code and reason."""
    return read(facade).some("facade_upstream_calls_total", "upstream", "operation", "code", "reason")
