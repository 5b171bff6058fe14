"""Programs in Node: whether they can run here, and the command lines of the baselines."""

import json
import re
import shutil
import subprocess
from pathlib import Path

YOGA = Path(__file__).parent / "yoga"
SERVERS = ("fetch", "tuned")
INSTALL_TIME = 300.0  # seconds


def commands(*, install: bool = True) -> dict[str, list[str]] | str:
    """The command line of each server by its name, or a sentence that says why there is none.

    The packages of the lock file are installed if they are not there yet; unless `install`, they must be.
    """
    if problem := missing(YOGA, install=install):
        return f"skipped: {problem}"
    # `env` becomes node, so that the process started is the one that serves. graphql checks more if not in production.
    return {name: ["env", "NODE_ENV=production", "node", str(YOGA / f"{name}.mjs")] for name in SERVERS}


def missing(folder: Path, *, install: bool, within: float = INSTALL_TIME) -> str | None:
    """Why the programs in a folder with a package.json cannot run here, or None if they can.

    Packages are installed if they are to be, within so many seconds.
    """
    node = shutil.which("node")
    if node is None:
        return "Node is not installed"
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if numbers(asked) < required(folder):
        return f"Node is {asked or 'broken'}, and {dotted(required(folder))} or newer is needed"
    if installed(folder):
        return None
    problem = install_packages(folder, within) if install else "they are not installed"
    return f"the packages in {folder.name}: {problem}" if problem else None


def install_packages(folder: Path, within: float) -> str | None:
    """Installs what the lock file says; a sentence if that failed. No package's own script is run."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=within)
    except subprocess.TimeoutExpired:
        return f"npm ci took longer than {within:.0f} s"
    if done.returncode == 0:
        return None
    said = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
    return said[0] if said else f"npm ci ended with {done.returncode}"


def installed(folder: Path) -> bool:
    """Whether the packages that are there are those of the lock file, by version."""
    # npm writes down what it has installed; the lock file has the root package too, which is ours.
    there = versions(folder / "node_modules" / ".package-lock.json")
    return there == {path: version for path, version in versions(folder / "package-lock.json").items() if path}


def versions(lock: Path) -> dict[str, str | None]:
    """The version of each package in a lock file, by where it is installed; without those that need not be there."""
    if not lock.exists():
        return {}
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {path: package.get("version") for path, package in packages.items() if not package.get("optional")}


def required(folder: Path) -> tuple[int, ...]:
    """The oldest Node that will do."""
    return numbers(json.loads((folder / "package.json").read_text(encoding="utf-8"))["engines"]["node"])


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers; none if there are none."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def dotted(version: tuple[int, ...]) -> str:
    """Numbers as a version."""
    return ".".join(map(str, version))
