"""`facade schema check`: what it finds in a repository whose contract changes, and what it needs to find it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import facade
from facade.cli import main
from facade.graphql import schema
from facade.graphql.changes import changes, read
from facade.rpc.server import descriptor_set

ROOT = Path(facade.__file__).parent.parent
USERS = "protos/facade/v1/provisioning.proto"
SDL = "facade/graphql/schema.graphql"
Check = Callable[..., tuple[int, str, str]]


def git(folder: Path, *arguments: str) -> str:
    told = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *told, *arguments], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def copy(folder: Path) -> Path:
    """A checkout that has nothing but the contract."""
    shutil.copytree(ROOT / "protos", folder / "protos")
    shutil.copy(ROOT / "buf.yaml", folder)
    (folder / SDL).parent.mkdir(parents=True)
    shutil.copy(ROOT / SDL, folder / SDL)
    return folder


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, committed as the branch `main`; and the process stands in it."""
    folder = copy(tmp_path / "repository")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "The contract")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Exit status, standard output and standard error."""

    def run(against: object) -> tuple[int, str, str]:
        status = main(["schema", "check", f"--against={against}"])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def edit(file: Path, old: str, new: str) -> int:
    """Replaces the one place of `old`; returns its line."""
    text = file.read_text()
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


def rename_in_proto(folder: Path) -> str:
    """A field of a message gets another name; returns where."""
    return f"{USERS}:{edit(folder / USERS, 'string next_page_token = 2;', 'string following_page_token = 2;')}"


def rename_in_sdl(folder: Path) -> str:
    """A field of a type gets another name; returns where its type begins."""
    edit(folder / SDL, "  totalCount: Int!\n", "  count: Int!\n")
    text = (folder / SDL).read_text()
    return f"{SDL}:{text[: text.index('type UserConnection {')].count(chr(10)) + 1}"


def test_nothing_has_changed(repository: Path, check: Check) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    status, out, _ = check("main")
    assert (status, out) == (0, f"compatible with main ({commit[:12]}) (protos: 0 breaking; SDL: 0 breaking)\n")


def test_a_field_renamed_in_a_proto_is_told_by_name_and_place(repository: Path, check: Check) -> None:
    at = rename_in_proto(repository)
    status, out, _ = check("main")
    assert status == 1
    assert f'{at}: breaking: FIELD_SAME_NAME: Field "2" on message "ListUsersResponse" changed name from' in out
    assert "(protos: 2 breaking; SDL: 0 breaking)" in out  # the other is the name in JSON


def test_a_field_renamed_in_the_sdl_is_told_by_name_and_place(repository: Path, check: Check) -> None:
    at = rename_in_sdl(repository)
    status, out, _ = check("main")
    assert status == 1
    assert f"{at}: breaking: FIELD_REMOVED: Field UserConnection.totalCount was removed.\n" in out
    assert out.endswith("(protos: 0 breaking; SDL: 1 breaking)\n")
    assert out.splitlines()[-1].startswith("not compatible with main (")


def test_what_is_committed_counts_as_well_as_what_is_not(repository: Path, check: Check) -> None:
    first = git(repository, "rev-parse", "HEAD")
    rename_in_proto(repository)
    rename_in_sdl(repository)
    git(repository, "commit", "--quiet", "--all", "-m", "Other names")
    assert check("HEAD")[0] == 0
    for reference in (first, "HEAD~1", "main^"):
        status, out, _ = check(reference)
        assert status == 1
        assert "FIELD_SAME_NAME" in out
        assert "FIELD_REMOVED" in out


def test_additions_are_compatible(repository: Path, check: Check) -> None:
    edit(repository / USERS, "  string next_page_token = 2;", "  string next_page_token = 2;\n  string note = 99;")
    edit(repository / SDL, "  totalCount: Int!\n", "  totalCount: Int!\n  note: String\n")
    status, out, _ = check("main")
    assert (status, len(out.splitlines())) == (0, 1)


def test_a_dangerous_change_is_told_but_does_not_fail(repository: Path, check: Check) -> None:
    line = edit(repository / SDL, "  maxDeletes: Int\n", "  maxDeletes: Int\n  patience: Int\n") + 1
    status, out, _ = check("main")
    assert status == 0
    told, summary = out.splitlines()
    assert told.startswith(f"{SDL}:{line}: dangerous: OPTIONAL_INPUT_FIELD_ADDED: ")
    assert summary.endswith("(protos: 0 breaking; SDL: 0 breaking, 1 dangerous)")


def test_a_file_and_a_mutation_that_are_gone(repository: Path, check: Check) -> None:
    (repository / "protos/facade/v1/token.proto").unlink()
    edit(repository / SDL, "  generateToken(\n", "  makeToken(\n")
    status, out, _ = check("main")
    assert status == 1
    assert 'protos: breaking: FILE_NO_DELETE: Previously present file "facade/v1/token.proto" was deleted.' in out
    assert "FIELD_REMOVED: Field Mutation.generateToken was removed." in out


def test_it_works_from_any_directory_of_the_checkout(
    repository: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = rename_in_proto(repository)
    monkeypatch.chdir(repository / "facade" / "graphql")
    status, out, _ = check("main")
    assert (status, f"\n{at}: " in f"\n{out}") == (1, True)


def test_another_checkout_is_an_earlier_contract(repository: Path, check: Check, tmp_path: Path) -> None:
    before = copy(tmp_path / "a#b,ref=main")  # which buf would read as a notation of its own
    assert check(before)[0] == 0
    rename_in_proto(repository)
    rename_in_sdl(repository)
    status, out, _ = check(before)
    assert status == 1
    assert out.endswith("(protos: 2 breaking; SDL: 1 breaking)\n")


@pytest.mark.parametrize(
    ("name", "compared"),
    [
        ("schema.graphql", "(protos: not compared; SDL: {1} breaking)"),
        ("descriptor.binpb", "(protos: {0} breaking; SDL: not compared)"),
        (".", "(protos: {0} breaking; SDL: {1} breaking)"),
    ],
)
def test_what_a_facade_publishes_is_an_earlier_contract(
    repository: Path, check: Check, tmp_path: Path, name: str, compared: str
) -> None:
    published = tmp_path / "published"
    published.mkdir()
    (published / "schema.graphql").write_text(schema.sdl())
    (published / "descriptor.binpb").write_bytes(descriptor_set())
    status, out, _ = check(published / name)
    assert (status, out.endswith(compared.format(0, 0) + "\n")) == (0, True)
    rename_in_proto(repository)
    rename_in_sdl(repository)
    status, out, _ = check(published / name)
    assert (status, out.endswith(compared.format(2, 1) + "\n")) == (1, True)


def test_outside_of_a_checkout_it_says_where_it_works(
    tmp_path: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, errors = check("main")
    assert (status, out) == (2, "")
    assert errors.startswith("facade: schema check: works in a checkout of facade only: ")


@pytest.mark.parametrize("reference", ["none", "-h", "--output=x", "", "main:protos", "main^{tree}"])
def test_what_is_neither_commit_nor_path_is_named(repository: Path, check: Check, reference: str) -> None:
    status, out, errors = check(reference)
    assert (status, out, len(errors.splitlines())) == (2, "", 1)
    assert git(repository, "status", "--short") == ""


def test_a_commit_without_half_of_the_contract_cannot_be_compared(repository: Path, check: Check) -> None:
    git(repository, "rm", "--quiet", "--cached", SDL)
    git(repository, "commit", "--quiet", "-m", "No schema")
    status, out, errors = check("HEAD")
    assert (status, out) == (2, "")
    assert errors.endswith(f" has no {SDL}\n")


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({}, f"has neither {SDL} nor schema.graphql"),
        ({"schema.graphql": "type Query { a: Int }"}, "has neither protos nor descriptor.binpb"),
        ({"schema.graphql": "type Query {", "descriptor.binpb": ""}, "the SDL of "),
        ({"schema.graphql": "type Query { a: Nobody }", "descriptor.binpb": ""}, "Unknown type: 'Nobody'"),
        ({"schema.graphql": "type Query { a: Int }", "descriptor.binpb": "none"}, "the earlier protos: "),
        ({"schema.graphql": "\udcff", "descriptor.binpb": "none"}, "is not UTF-8"),
    ],
    ids=["empty", "no protos", "no SDL", "unknown type", "no descriptor", "not UTF-8"],
)
def test_a_directory_that_is_no_contract_cannot_be_compared(
    check: Check, tmp_path: Path, files: dict[str, str], missing: str
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for name, text in files.items():
        (before / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    status, _, errors = check(before)
    assert status == 2
    assert missing in errors
    assert len(errors.splitlines()) == 1


@pytest.mark.usefixtures("repository")
def test_a_file_of_another_kind_cannot_be_compared(check: Check) -> None:
    status, _, errors = check("buf.yaml")
    assert (status, "buf.yaml is neither schema.graphql nor descriptor.binpb" in errors) == (2, True)


def test_protos_that_do_not_compile_are_no_breaking_change(repository: Path, check: Check) -> None:
    with (repository / USERS).open("a") as file:
        file.write("garbage\n")
    status, out, errors = check("main")
    assert (status, out) == (2, "")
    assert USERS in errors


@pytest.mark.usefixtures("repository")
def test_without_buf_it_says_how_to_get_it(check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "git")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    status, _, errors = check("main")
    assert (status, errors.endswith("pip install buf-bin\n")) == (2, True)


def test_without_git_a_path_can_be_compared_still(
    repository: Path, check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    rename_in_sdl(repository)
    assert check(ROOT / SDL)[0] == 1
    assert check("main")[0] == 2


EARLIER = """
directive @shown(by: String) on FIELD_DEFINITION
type Query { "One." one(a: Int): Kind  two: String }
enum Kind { A B }
scalar Gone
"""


@pytest.mark.parametrize(
    ("present", "name", "line"),
    [
        (EARLIER.replace("a: Int", "b: Int"), "ARG_REMOVED", 3),
        (EARLIER.replace("a: Int", "a: Int, b: Int!"), "REQUIRED_ARG_ADDED", 3),
        (EARLIER.replace("two: String", "two: Int"), "FIELD_CHANGED_KIND", 3),
        (EARLIER.replace("A B", "A"), "VALUE_REMOVED_FROM_ENUM", 4),
        (EARLIER.replace("scalar Gone", ""), "TYPE_REMOVED", None),
        (EARLIER.replace("by:", "to:"), "DIRECTIVE_ARG_REMOVED", 2),
        (EARLIER.replace("directive @shown(by: String) on FIELD_DEFINITION", ""), "DIRECTIVE_REMOVED", None),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isupper() else "",
)
def test_each_kind_of_change_has_its_name_and_its_line(present: str, name: str, line: int | None) -> None:
    found = [(change.name, change.line) for change in changes(read(EARLIER), read(present)) if change.breaking]
    assert found == [(name, line)]


def test_directives_of_a_specification_that_the_text_only_refers_to_are_no_fault() -> None:
    linked = 'schema @link(url: "https://example.com/v2") { query: Query } type Query { a: Int @shareable }'
    assert changes(read(linked), read(linked)) == []
