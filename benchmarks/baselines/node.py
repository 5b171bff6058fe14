"""The baselines in Node: whether they can run here, and their command lines."""

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
    node = shutil.which("node")
    if node is None:
        return "skipped: Node is not installed"
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if numbers(asked) < required():
        return f"skipped: Node is {asked or 'broken'}, and {dotted(required())} or newer is needed"
    if not installed() and (problem := install_packages() if install else "they are not installed"):
        return f"skipped: the packages of graphql-yoga: {problem}"
    # `env` becomes node, so that the process started is the one that serves. graphql checks more if not in production.
    return {name: ["env", "NODE_ENV=production", node, str(YOGA / f"{name}.mjs")] for name in SERVERS}


def install_packages() -> str | None:
    """Installs what the lock file says; a sentence if that failed. No package's own script is run."""
    npm = shutil.which("npm")
    if npm is None:
        return "npm is not installed"
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=YOGA, capture_output=True, text=True, check=False, timeout=INSTALL_TIME)
    except subprocess.TimeoutExpired:
        return f"npm ci took longer than {INSTALL_TIME:.0f} s"
    if done.returncode == 0:
        return None
    said = [line for line in done.stderr.splitlines() if line.startswith("npm error")]
    return said[0] if said else f"npm ci ended with {done.returncode}"


def installed() -> bool:
    """Whether the packages that are there are those of the lock file, by version."""
    # npm writes down what it has installed; the lock file has the root package too, which is ours.
    there = versions(YOGA / "node_modules" / ".package-lock.json")
    return there == {path: version for path, version in versions(YOGA / "package-lock.json").items() if path}


def versions(lock: Path) -> dict[str, str | None]:
    """The version of each package in a lock file, by where it is installed."""
    if not lock.exists():
        return {}
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {path: package.get("version") for path, package in packages.items()}


def required() -> tuple[int, ...]:
    """The oldest Node that will do."""
    return numbers(json.loads((YOGA / "package.json").read_text(encoding="utf-8"))["engines"]["node"])


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers; none if there are none."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def dotted(version: tuple[int, ...]) -> str:
    """Numbers as a version."""
    return ".".join(map(str, version))
