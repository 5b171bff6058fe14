"""README.md and docs/ keep their word: their examples are run, and their tables are compared with the code."""

import asyncio
import re
import shutil
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from graphql import GraphQLObjectType
from packaging.requirements import Requirement

from facade import sandbox
from facade.cli import parser
from facade.config import Settings
from facade.errors import PASSING, Code, Reason
from facade.graphql.schema import executable
from facade.rpc.server import FILES
from facade.sandbox.accounts import ACCOUNTS, CUSTOMERS
from facade.sandbox.fault_reader import _RULES
from facade.upstreams import iem, meaning, provisioning
from tests.readme import document
from tests.readme.document import PAGES, README, ROOT, Page
from tests.readme.processes import BIN, STOP, environment, run, serving


@pytest.mark.parametrize("page", [page for page in PAGES if page.examples()], ids=lambda page: page.name)
async def test_the_examples_print_what_is_shown(page: Page, tmp_path: Path) -> None:
    assert shutil.which("curl"), "the examples need curl, which is not on this machine's PATH: install it"
    wrong = []
    async with serving(tmp_path) as served:
        told = {"FACADE_USER": "api@example.com", "FACADE_PASSWORD": "sandbox", "FACADE_GRPC_ADDRESS": served.grpc}
        shell = environment(SANDBOX=served.sandbox, **told)
        place = tmp_path / "one directory for all, as who tries them has"
        place.mkdir()
        for example in page.examples():
            script = (
                example.script.replace("127.0.0.1:50051", served.grpc)
                .replace("127.0.0.1:8080", served.http)
                .replace(".venv/bin/", f"{BIN}/")
            )
            status, printed = await run(script, shell, place)
            if status != 0 or not document.matches(example.shown, printed):
                wrong.append(f"{page.name}:{example.line}: exit status {status}\n{example.script}\nprinted:\n{printed}")
    assert not wrong, "\n\n".join(wrong)


async def test_the_first_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    assert ".venv/bin/facade serve --sandbox\n" in README
    async with serving(tmp_path) as served:
        served.process.terminate()
        async with asyncio.timeout(STOP):
            printed, _ = await served.process.communicate()
        assert served.process.returncode == 0, printed


def test_every_rpc_has_an_example() -> None:
    services = [service for file in FILES for service in file.services_by_name.values()]
    names = {f"{service.full_name}/{method.name}" for service in services for method in service.methods}
    assert names - document.grpc_calls() == set()


def test_every_graphql_field_has_an_example() -> None:
    schema = executable()
    roots = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    names = {f"{kind} {name}" for kind, root in roots.items() for name in fields(root)}
    assert names - document.graphql_calls() == set()


def fields(root: GraphQLObjectType | None) -> list[str]:
    return list(root.fields) if root else []


def test_every_reason_and_code_is_explained() -> None:
    table = {row[0]: row[1].split(", ") for row in document.rows("Errors")}
    assert table.keys() == set(Reason)
    assert {code for codes in table.values() for code in codes} == set(Code)


def test_the_codes_of_a_reason_are_those_that_the_adapter_gives() -> None:
    table = {row[0]: row[1].split(", ") for row in document.rows("Errors")}
    known = [
        *meaning.BY_STATUS.values(),
        *(each for pair in meaning.IN_DOUBT.values() for each in pair),
        meaning.MALFORMED,
        *iem.SENTENCES.values(),
        *provisioning.SWAPPED.values(),
        *provisioning.NO_USER.values(),
        *provisioning.TAKEN.values(),
    ]
    assert [(code, reason) for code, reason in known if code not in table[reason]] == []


def test_what_may_be_repeated_is_what_the_facade_calls_retryable() -> None:
    assert {row[0] for row in document.rows("Errors") if row[3].startswith("yes")} == PASSING


def test_every_setting_is_listed_with_its_default() -> None:
    table = {row[0]: row[1] for row in document.rows("Settings")}
    assert table == {f"FACADE_{name.upper()}": shown(each.default) for name, each in Settings.model_fields.items()}


def shown(default: object) -> str:
    if default is None:
        return "–"  # noqa: RUF001 - the table's sign for none
    return f"{default:g}" if isinstance(default, float) else str(default)


def test_its_settings_files_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FACADE_{name.upper()}", raising=False)
    files = [text for page in PAGES for _, language, text in page.blocks() if language == "toml"]
    assert files
    for text in files:
        assert Settings(**tomllib.loads(text)).mode == "production"


def test_the_sandbox_is_described_as_it_is() -> None:
    names = {row[0] for row in document.rows("The sandbox")}
    keys = {name for row in names if "@" not in row for name in row.split(", ")}
    assert {account.email for account in ACCOUNTS} <= names
    assert set(CUSTOMERS) <= names
    assert set(_RULES) <= keys
    assert f"There are {sandbox.Options().users} BPM users." in document.section("The sandbox")


def test_the_sandboxs_options_are_listed_with_their_defaults() -> None:
    table = {row[0]: row[1] for row in document.rows("The sandbox") if row[0].startswith("--")}
    options = vars(parser().parse_args(["sandbox"]))
    del options["command"]
    defaults = {name: "off" if value is False else shown(value) for name, value in options.items()}
    assert table == {f"--{name.replace('_', '-')}": value for name, value in defaults.items()}


def test_every_path_of_the_tree_is_there() -> None:
    texts = [text for page in PAGES for _, language, text in page.blocks() if language == "text"]
    [tree] = [text for text in texts if text.startswith("protos/facade/v1/*.proto ")]
    paths = [line.split()[0] for line in tree.splitlines()]
    named = re.findall(r"`((?:facade|tests|protos|\.ci)/[^\s`<]*)`", document.section("The tree"))
    assert [path for path in [*paths, *named] if not list(ROOT.glob(path))] == []


def test_the_picture_shows_a_run_of_the_command() -> None:
    found = re.findall(r"\]\((tests/readme/\S+\.svg)\)", README)
    assert found
    shown = "".join(ET.parse(ROOT / found[0]).getroot().itertext()).replace("\xa0", " ")
    assert "$ facade users sync roster.csv" in shown
    assert "[y/N] y" in shown
    assert "Summary" in shown


async def test_ci_runs_the_command_that_the_readme_gives_for_the_tests(tmp_path: Path) -> None:
    found = re.search(r"^<!-- \.ci/run .*-->\n```sh\n(.*)\n```$", README, re.MULTILINE)
    assert found
    status, printed = await run(f"'{ROOT}/.ci/run' --show", environment(), tmp_path)
    assert (status, printed) == (0, found[1] + "\n")
    assert (ROOT / ".ci/run").stat().st_mode & 0o111


def test_the_lock_file_fits_the_dependencies() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", lock, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = map(Requirement, [*project["dependencies"], *project["optional-dependencies"]["dev"]])
    assert [str(each) for each in wanted if not each.specifier.contains(pinned.get(each.name, "0"))] == []


def test_the_lock_file_names_no_registry() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    assert re.findall(r"://|--(?:index|extra-index|find)-", lock) == []
