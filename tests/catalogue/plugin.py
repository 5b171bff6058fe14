"""A pytest plugin that writes what became of each case of the catalogue: `build/catalogue.md`.

Markers go with the reports of xdist's workers, so that the process that has them all writes the table.
"""

from collections import defaultdict
from pathlib import Path

import pytest

from tests.catalogue.cases import CASES, UNTESTED

TABLE = Path("build/catalogue.md")
PROPERTY = "case"
outcomes: dict[str, dict[str, str]] = defaultdict(dict)  # by case and test


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line("markers", "case(*ids): the cases of the catalogue that the test shows")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Notes each test's cases where its reports will carry them. A case that there is none of is an error."""
    for item in items:
        for marker in item.iter_markers("case"):
            unknown = set(marker.args) - CASES.keys()
            if unknown:
                raise pytest.UsageError(f"{item.nodeid}: there is no case {min(unknown)}")
            item.user_properties += [(PROPERTY, each) for each in marker.args]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes how a test ended: by the first phase that did not pass, or else its call."""
    for name, case in report.user_properties:
        if name == PROPERTY and (report.when == "call" or report.outcome != "passed"):
            before = outcomes[str(case)].get(report.nodeid, "passed")
            outcomes[str(case)][report.nodeid] = report.outcome if before == "passed" else before


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes the table, in the process that has seen all reports."""
    if not outcomes or hasattr(session.config, "workerinput"):
        return
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table(), encoding="utf-8")


def table() -> str:
    """The table in Markdown: each case, its outcome, and the tests that show it."""
    rows = ["| id | stimulus | outcome | shown by |", "|---|---|---|---|"]
    for case, stimulus in CASES.items():
        seen = outcomes.get(case, {})
        worst = next((each for each in ("failed", "skipped", "passed") if each in seen.values()), "not run")
        shown = "<br>".join(sorted({nodeid.partition("[")[0] for nodeid in seen})) or UNTESTED.get(case, "")
        rows.append(f"| {case} | {stimulus.replace('|', chr(92) + '|')} | {worst} | {shown} |")
    return "\n".join(rows) + "\n"
