"""A repository of its own that has nothing but the contract, for tests that change it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import facade

ROOT = Path(facade.__file__).parent.parent
USERS = "protos/facade/v1/provisioning.proto"
SDL = "facade/graphql/schema.graphql"
Check = Callable[[object], tuple[int, str, str]]  # exit status, standard output and standard error


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


def committed(folder: Path) -> Path:
    """The same as a repository, committed as the branch `main`."""
    copy(folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "The contract")
    return folder


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
