"""The Containerfile, as far as it can be looked at where nothing builds it; and what asks for a container's health."""

import re
import shutil
import subprocess
import sys
import tomllib
from asyncio import to_thread
from pathlib import Path

import pytest

from facade import sandbox
from facade.server import running
from tests.certificates import HERE, Authority
from tests.deploy.documents import DEPLOY, one
from tests.support import settings_for

ROOT = DEPLOY.parent
TEXT = (ROOT / "Containerfile").read_text()
STAGES = [re.split(r"\n(?=[A-Z])", stage) for stage in re.split(r"\n(?=FROM )", re.sub(r"\n#.*", "", TEXT))[1:]]
LAST = STAGES[-1]
HEALTH = DEPLOY / "container" / "health.py"


def given(word: str, stage: list[str] = LAST) -> list[str]:
    """What is said after an instruction."""
    return [each.removeprefix(word).strip() for each in stage if each.startswith(f"{word} ")]


def locked(file: str) -> dict[str, str]:
    """The versions of a lock file, by name; each must have hashes."""
    text = (ROOT / file).read_text()
    found = re.findall(r"^([a-z0-9-]+)==(\S+?)(?: ;.*)? \\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(found) == len(re.findall(r"^\S+==", text, re.MULTILINE))
    return dict(found)


def test_it_has_no_faults_that_a_linter_knows() -> None:
    program = Path(sys.executable).parent / "hadolint"
    path = str(program) if program.exists() else shutil.which("hadolint")
    if path is None:
        pytest.skip("hadolint is not installed (pip install -e '.[scale]')")
    done = subprocess.run([path, str(ROOT / "Containerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_last_stage_has_no_tools_and_no_rights() -> None:
    assert given("RUN") == []
    assert given("COPY") == ["--from=build /app /app"]
    [user] = given("USER")
    security = one("kubernetes", "Deployment")["spec"]["template"]["spec"]["securityContext"]
    assert user == f"{security['runAsUser']}:{security['runAsGroup']}"
    assert given("ENTRYPOINT") == ['["/usr/bin/python3", "-m", "facade"]'], "there is no shell"
    [health] = given("HEALTHCHECK")
    assert health.endswith('CMD ["/usr/bin/python3", "/app/health.py"]')


def test_all_that_is_installed_is_pinned_by_its_hash() -> None:
    [first, *others] = [
        each for run in given("RUN", STAGES[0]) for each in re.split(r"\s*\\\n\s*&&\s*", run) if "pip " in each
    ]
    for each in (first, *others):
        assert "--require-hashes" in each or "--no-index" in each


def test_it_listens_where_the_ports_are() -> None:
    assert given("EXPOSE") == ["50051 8080"]
    said = dict(pair.split("=") for line in given("ENV") for pair in line.split())
    for name, value in one("kubernetes", "ConfigMap")["data"].items():
        if name.endswith("_ADDRESS"):
            assert said[name] == value


def test_what_is_copied_is_there_and_nothing_else_is_sent() -> None:
    copied = {path for line in given("COPY", STAGES[0]) for path in line.split()[:-1]}
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    assert sent == copied
    assert all((ROOT / path).exists() for path in sent)


def test_the_image_has_the_versions_that_the_tests_ran_with() -> None:
    ours = locked("requirements.lock")
    tested = locked("requirements-dev.lock")
    assert {name: version for name, version in ours.items() if tested.get(name, version) != version} == {}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {re.split(r"[>=\[;]", each)[0] for each in project["project"]["dependencies"]}
    assert wanted <= ours.keys()
    built = {re.split(r"[>=\[;]", each)[0] for each in project["build-system"]["requires"]}
    assert built <= locked("requirements-build.lock").keys()


def asked(address: str) -> int:
    """The exit status of what HEALTHCHECK runs."""
    env = {"FACADE_HTTP_ADDRESS": address, "http_proxy": "http://127.0.0.1:9"}
    return subprocess.run([sys.executable, str(HEALTH)], env=env, check=False).returncode


@pytest.mark.anyio
@pytest.mark.parametrize("tls", ["plain", "tls", "mutual"])
async def test_health_is_asked_whatever_is_spoken(tls: str, upstream: sandbox.Running, tmp_path: Path) -> None:
    files = {}
    if tls != "plain":
        files["tls_certificate"], files["tls_key"] = Authority().issue(*HERE).write(tmp_path)
    if tls == "mutual":
        files["tls_client_ca"] = Authority("Clients").write(tmp_path)
    async with running(settings_for(upstream.url, **files)) as facade:
        address = facade.http.rpartition("/")[2]
        assert await to_thread(asked, address) == 0
        assert await to_thread(asked, address.replace("127.0.0.1", "0.0.0.0")) == 0
    assert await to_thread(asked, address) == 1
