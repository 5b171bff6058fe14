"""The floors of facade/__init__.py as a table, checked against every import; and how files are named and cut."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import facade

ROOT = Path(facade.__file__).parent
FILES = sorted(path for path in ROOT.rglob("*.py") if "v1" not in path.relative_to(ROOT).parts[:-1])
NAMES = [path.relative_to(ROOT).as_posix() for path in FILES]
LONGEST = 200  # lines

# Plain Python: what every floor may import, in the order of who may import whom.
GROUND = {
    "errors": set[str](),
    "meanings": {"errors"},
    "domain": {"errors"},
    "traces": {"errors", "renewal"},
    "caller": {"errors", "traces"},
    "quotas": {"errors"},
    "congestion": set[str](),
    "admission": {"errors", "quotas", "congestion"},
    "request_log": {"errors", "traces"},
    "meters": {"errors", "request_log"},
    "tally": set(),
    "renewal": {"errors"},
    "tls": {"errors"},
}
# Each part of the house: the parts of ours that it may import beside itself.
OURS: dict[str, set[str]] = GROUND | {
    "access": set(GROUND),
    "upstreams": set(GROUND),
    "bulk": {*GROUND, "upstreams"},
    "rpc": {*GROUND, "access", "upstreams", "bulk", "v1"},
    "graphql": {*GROUND, "access", "upstreams", "bulk"},
    "pages": {"graphql"},
    "ide": {"graphql", "pages"},
    "console": {*GROUND, "access", "upstreams", "graphql", "rpc", "pages"},
    "showing": {*GROUND, "upstreams", "graphql", "rpc", "metrics", "config", "console", "ide"},
    "metrics": set(GROUND),
    "lines": {"request_log"},
    "logs": {"lines", "request_log"},
    "loop": set(),
    "settings": {"errors", "caller", "access", "tls", "traces", "upstreams"},
    "config": {"errors", "settings"},
    "certificates": {"config", "renewal", "tls", "upstreams"},
    "ports": {"config"},
    "accepting": set(),
    "patience": set(),
    "frames": {"patience"},
    "refusing": {"patience"},
    "web": {"accepting", "frames", "patience", "refusing", "ports", "tls"},
    "assembly": {*GROUND, "access", "upstreams", "bulk", "rpc", "graphql", "metrics", "config", "patience"},
    "server": {
        *GROUND,
        "access",
        "upstreams",
        "bulk",
        "rpc",
        "graphql",
        "metrics",
        "certificates",
        "config",
        "assembly",
    }
    | {"ports", "web", "showing"},
    "supervisor": {"certificates", "config", "settings", "ports", "tally"},
    "worker": {"config", "logs", "loop", "server", "supervisor", "tally", "web"},
    "check": {*GROUND, "access", "upstreams", "certificates", "config", "assembly"},
    "client": {"errors", "domain", "v1"},
    "cli": {
        "sandbox",
        "access",
        "check",
        "config",
        "settings",
        "graphql",
        "rpc",
        "logs",
        "loop",
        "server",
        "supervisor",
        "client",
        "ide",
    },
    "sandbox": set(),
    "__main__": {"cli"},
    "__init__": set(),
}
# Each part: what it may import of others' packages, beside the standard library.
THEIRS: dict[str, set[str]] = {
    "access": {"jwt"},
    "upstreams": {"certifi", "httptools", "httpx", "msgspec", "orjson"},
    "rpc": {"grpc", "google", "grpc_health", "grpc_reflection"},
    "graphql": {"strawberry", "graphql", "starlette", "orjson"},
    "pages": {"starlette"},
    "ide": {"starlette"},
    "console": {"starlette", "google", "graphql", "orjson", "prometheus_client"},
    "metrics": {"prometheus_client"},
    "patience": {"uvicorn"},
    "frames": {"uvicorn", "websockets"},
    "refusing": {"uvicorn"},
    "web": {"uvicorn", "starlette"},
    "assembly": {"httpx", "starlette"},  # httpx: the type of the seam
    "server": {"httpx"},
    "loop": {"uvloop"},
    "client": {"grpc", "google", "rich"},
    "sandbox": {"starlette", "uvicorn", "orjson"},
    "settings": {"pydantic", "pydantic_settings"},
    "config": {"pydantic", "pydantic_settings"},
    "lines": {"orjson"},
    "logs": {"structlog"},
}
NOUNS = ("token", "publish", "ticket", "provisioning")
VAGUE = {"utils", "util", "base", "manager", "managers", "helpers", "helper", "common", "misc", "service", "services"}


def part(path: Path) -> str:
    """The part of the house that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, also inside of functions; `from facade import x` counts as facade.x."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            if node.module == "facade":
                yield from (f"facade.{alias.name}" for alias in node.names)
            else:
                yield node.module


def test_every_part_of_the_house_is_in_the_table() -> None:
    assert {part(path) for path in FILES} == OURS.keys()


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_imports_only_what_stands_below_it(path: Path) -> None:
    ours = {name.split(".")[1] for name in imported(path) if name.split(".")[0] == "facade"}
    assert ours - {part(path)} - OURS[part(path)] == set()


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_imports_only_the_libraries_of_its_floor(path: Path) -> None:
    others = {name.split(".")[0] for name in imported(path)} - {"facade"} - sys.stdlib_module_names
    assert others - THEIRS.get(part(path), set()) == set()


@pytest.mark.parametrize("part", sorted(OURS))
def test_the_table_has_no_way_round(part: str) -> None:
    seen: set[str] = set()
    ahead = set(OURS[part])
    while ahead:
        seen |= ahead
        ahead = {below for each in ahead for below in OURS.get(each, set())} - seen
    assert part not in seen, "a floor that can reach itself is no floor"


def test_the_two_faces_cannot_reach_each_other_and_the_sandbox_reaches_nobody() -> None:
    assert "graphql" not in OURS["rpc"]
    assert "rpc" not in OURS["graphql"]
    assert OURS["sandbox"] == set()


@pytest.mark.parametrize("path", [path for path in FILES if part(path) == "upstreams"], ids=lambda path: str(path.name))
def test_only_the_transport_opens_connections(path: Path) -> None:
    assert ("httptools" in imported(path)) is (path.name == "connection.py")
    assert ("create_connection" in path.read_text(encoding="utf-8")) is (path.name == "pool.py")


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_file_says_what_it_is_and_is_named_after_it(path: Path) -> None:
    assert path.stem not in VAGUE
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("floor", ["domain", "upstreams", "rpc", "graphql", "sandbox"])
@pytest.mark.parametrize("noun", NOUNS)
def test_every_floor_has_the_same_nouns(noun: str, floor: str) -> None:
    assert (ROOT / floor / f"{noun}.py").is_file()


@pytest.mark.parametrize("noun", NOUNS)
def test_every_noun_has_its_contract(noun: str) -> None:
    assert (ROOT.parent / "protos" / "facade" / "v1" / f"{noun}.proto").is_file()


def test_every_floor_is_drawn_in_the_package_s_docstring() -> None:
    words = (facade.__doc__ or "").replace(",", " ").replace("`", " ").split()
    below_the_house = {"__init__", "__main__", "logs", "lines", "check"}  # part of what `cli` is
    assert OURS.keys() - below_the_house - set(words) == set()
