"""What `facade schema check` needs, and says where it cannot check."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.schema_check.repository import ROOT, SDL, USERS, Check, git, rename_in_sdl


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
