"""What `facade schema check` finds in a repository whose contract changes."""

from pathlib import Path

import pytest

from facade.graphql import schema
from facade.rpc.server import descriptor_set
from tests.schema_check.repository import SDL, USERS, Check, copy, edit, git, rename_in_proto, rename_in_sdl


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
