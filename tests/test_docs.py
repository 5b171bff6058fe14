"""README.md and docs/ are whole: links lead somewhere, what is not run says why, what is made of code is as it is."""

import re
from pathlib import Path

import httpx
import pytest

from facade.frames import MOST_FRAMES, MOST_PONGS
from facade.graphql.subscriber import MOST_OPERATIONS
from facade.ide.package import NAME, VERSION
from facade.patience import MOST_AHEAD
from facade.rpc.server import MAX_STREAMS
from facade.server import Running
from tests.catalogue.canary_process import FOUND
from tests.readme import changes, document, errors
from tests.readme.document import FENCE, PAGES, ROOT, Page
from tests.readme.processes import BIN, environment, run

pytestmark = pytest.mark.anyio

LINK = re.compile(r"\]\(([^)\s]+)\)")
UNRUN = re.compile(r"^(?:<!-- (?P<why>.+) -->\n)?```sh\n", re.MULTILINE)
PATH = re.compile(r"`((?:facade|tests|protos|docs|benchmarks|\.ci)/[\w./-]+)`")
ADDING = "docs/adding-an-upstream.md"
BUILD = 250.0  # seconds, on a busy machine
LONGEST = 25_000  # bytes of README.md: it is a front door


def page(name: str) -> Page:
    """The document of this name."""
    (found,) = [each for each in PAGES if each.name == name]
    return found


def each_page() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def test_the_readme_is_short() -> None:
    assert len(document.README.encode()) < LONGEST


def test_every_document_is_reached_from_the_readme() -> None:
    linked = {target.partition("#")[0] for target in LINK.findall(PAGES[0].prose)}
    assert {each.name for each in PAGES[1:]} - linked == set()


@each_page()
def test_every_link_leads_somewhere(page: Page) -> None:
    dead = []
    for target in LINK.findall(page.prose):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page.name).parent / path if path else ROOT / page.name
        if not file.exists() or (anchor and anchor not in document.read(file.resolve()).anchors()):
            dead.append(target)
    assert dead == []


@each_page()
def test_headings_of_a_document_differ(page: Page) -> None:
    assert sorted(set(page.anchors())) == sorted(page.anchors())


@each_page()
def test_what_is_not_run_says_why_or_who_runs_it(page: Page) -> None:
    blocks = list(UNRUN.finditer(page.text))
    assert len(blocks) == sum(language == "sh" for _, language, _ in page.blocks())
    reasons = [found["why"] or "" for found in blocks]
    assert [why for why in reasons if not re.match(r"not run: .|run by \S+|\.ci/run runs ", why)] == []
    named = [path for why in reasons for path in re.findall(r"tests/[\w/]+(?:\.py)?", why)]
    assert [path for path in named if not (ROOT / path).exists()] == []


@each_page()
def test_every_block_has_a_language_that_the_tests_know(page: Page) -> None:
    known = {"bash", "sh", "text", "toml", "python", "proto", "js"}
    assert {language for _, language, _ in page.blocks()} - known == set()


@each_page()
def test_no_example_leaves_settings_in_the_shell(page: Page) -> None:
    scripts = [example.script for example in page.examples() if "export FACADE_" in example.script]
    kept = [script for script in scripts if not script.startswith("(")]
    assert [script for script in kept if not script.startswith("export FACADE_USER=")] == [], "put it into parentheses"


def test_the_errors_are_those_of_the_code() -> None:
    assert (ROOT / errors.FILE).read_text(encoding="utf-8") == errors.text(), "run: python -m tests.readme.errors"


async def test_the_operation_of_the_guide_works_with_the_changes_that_it_shows(tmp_path: Path) -> None:
    """In a copy: generated, linted, held to the contract's tests, and called through both faces."""
    changes.copy(tmp_path)
    changes.make(page(ADDING), tmp_path)
    script = f"""
    set -e
    export PATH="{BIN}:$PATH"
    buf generate
    python -m facade schema graphql > schema.graphql && mv schema.graphql facade/graphql/schema.graphql
    ruff check facade tests && ruff format --check facade tests
    python -m pytest -q -p no:cacheprovider tests/test_contract.py tests/faces/test_operations.py \\
      -k 'test_contract or the_number_of_users'
    """
    alone = {name: value for name, value in environment().items() if name not in {"PYTHONPATH", FOUND}}
    status, printed = await run(script, alone, tmp_path, within=BUILD)
    assert status == 0, printed


@each_page()
def test_every_path_that_is_named_is_there(page: Page) -> None:
    assert [path for path in PATH.findall(FENCE.sub("", page.text)) if not list(ROOT.glob(path.rstrip("/")))] == []


def table(text: str) -> list[list[str]]:
    """The rows of all tables in a text."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")
    ]


def test_the_figures_of_capacity_are_those_of_the_benchmarks() -> None:
    """Each row of the guide: CPU and rate of the facade, and what it adds at half of that load."""
    lines = (ROOT / "benchmarks/results.md").read_text(encoding="utf-8").splitlines()
    facade = {row[0]: (row[2].split()[0], row[3]) for row in table("\n".join(lines)) if row[1] == "facade"}
    section = "\n".join(lines).partition("## Latency added")[2].partition("\n## ")[0]
    added = {row[0]: row[4] for row in table(section) if row[0].startswith(("gRPC ", "GraphQL "))}
    told = {}
    for line in document.section("Capacity").splitlines():
        if line.startswith(("| gRPC ", "| GraphQL ")):
            name, cpu, rate, wait = (cell.strip() for cell in line.strip("|").split("|"))
            told[name.partition(",")[0]] = (cpu, rate, wait)
    assert told == {name: (*facade[name.split()[1]], wait) for name, wait in added.items()}


async def test_the_metrics_that_are_told_of_are_those_that_are_served(facade: Running) -> None:
    async with httpx.AsyncClient(base_url=facade.http) as client:
        answer = await client.get("/metrics")
    served = set(re.findall(r"^# TYPE (\w+) ", answer.text, re.MULTILINE))
    assert served
    assert {row[0] for row in document.rows("Metrics")} == served


def test_the_ide_is_told_of_in_the_version_that_is_installed() -> None:
    told = {version for page in PAGES for version in re.findall(rf"{NAME}[@ -](\d[\d.]*\d)", page.text)}
    assert told == {VERSION}


def test_limits_that_are_no_settings_are_those_of_the_code() -> None:
    rows = [line.split("|") for line in (ROOT / "docs" / "limits.md").read_text(encoding="utf-8").splitlines()]
    told = {row[1].strip(): row[2].strip() for row in rows if len(row) > 4}
    assert told["calls of a gRPC connection at a time"] == str(MAX_STREAMS)
    assert told["operations of a WebSocket at a time"] == str(MOST_OPERATIONS)
    ahead = "HTTP requests on a connection that are sent before the answers to those before them"
    assert told[ahead] == str(MOST_AHEAD)
    frames = "parts of a WebSocket message; pings of a client that does not read"
    assert told[frames] == f"{MOST_FRAMES:,}; {MOST_PONGS}"
