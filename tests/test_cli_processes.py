"""The commands that run until they are told to end, as processes."""

import signal
from base64 import b64encode
from pathlib import Path

import grpc
import httpx
import pytest

from facade.ide.package import FILE
from facade.v1 import publish_pb2, publish_pb2_grpc
from tests.access.files import HEADERS, billing, callers
from tests.commands import command
from tests.support import basic

FREE = {"FACADE_GRPC_ADDRESS": "127.0.0.1:0", "FACADE_HTTP_ADDRESS": "127.0.0.1:0"}
SIGNALS = [signal.SIGTERM, signal.SIGINT]


def addresses(text: str) -> tuple[str, str]:
    """Where gRPC and GraphQL are, out of the welcome."""
    words = text.split()
    return words[words.index("gRPC") + 1], words[words.index("GraphQL") + 1]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_serve_with_a_sandbox_answers_on_both_faces_and_ends_well(number: signal.Signals) -> None:
    with command("serve", "--sandbox", **FREE) as running:
        text = "\n".join(running.lines_until("    -d '"))
        assert "development mode" in text
        grpc_address, graphql_url = addresses(text)
        query = {"query": "{ publishHealth { message } }"}
        answer = httpx.post(graphql_url, json=query, headers=basic(), timeout=30)
        assert answer.json() == {"data": {"publishHealth": {"message": "API is running"}}}
        with grpc.insecure_channel(grpc_address) as channel:
            stub = publish_pb2_grpc.PublishServiceStub(channel)
            assert stub.CheckHealth(publish_pb2.CheckHealthRequest(), timeout=30).message == "API is running"
        status, out, errors = running.end(number)
    assert (status, out) == (0, "facade: draining\n")
    assert "Traceback" not in errors


def test_the_command_that_serve_suggests_is_answered() -> None:
    with command("serve", "--sandbox", **FREE) as running:
        lines = running.lines_until("    -d '")
        body = lines[-1].strip().removeprefix("-d '").removesuffix("'")
        url = lines[-2].split()[2]
        headers = {"content-type": "application/json", **basic()}
        assert len(httpx.post(url, content=body, headers=headers, timeout=30).json()["data"]["users"]["nodes"]) == 3
        assert running.end()[0] == 0


def test_serve_starts_a_sandbox_with_as_many_users_as_are_asked_for() -> None:
    with command("serve", "--sandbox", "--users", "10000", **FREE) as running:
        _, url = addresses("\n".join(running.lines_until("    -d '")))
        answer = httpx.post(url, json={"query": "{ users(first: 1) { totalCount } }"}, headers=basic(), timeout=30)
        assert answer.json() == {"data": {"users": {"totalCount": 10_000}}}
        assert running.end()[0] == 0


PAGES = ["console", "IDE"]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_says_where_its_pages_are(workers: str, tmp_path: Path) -> None:
    environment = FREE | {"FACADE_IDE_DIRECTORY": str(tmp_path)}
    with command("serve", "--sandbox", "--workers", workers, **environment) as running:
        text = running.lines_until("    -d '")
        _, url = addresses("\n".join(text))
        console, ide = (next(line for line in text if line.split()[0] == name).split()[1] for name in PAGES)
        assert "in a browser, after `facade ide install`" in "\n".join(text)
        assert (console, ide) == (url.removesuffix("graphql"), url)
        for page in (console, ide):
            answer = httpx.get(page, headers={"accept": "text/html"}, timeout=30)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert running.end()[0] == 0


def test_serve_says_that_the_ide_is_installed(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    with command("serve", "--sandbox", **FREE, FACADE_CONSOLE="off", FACADE_IDE_DIRECTORY=str(tmp_path)) as running:
        text = running.lines_until("    -d '")
        assert [line.split()[2:] for line in text if line.split()[0] in PAGES] == [["in", "a", "browser"]]
        assert running.end()[0] == 0


def test_serve_names_no_page_that_is_off() -> None:
    with command("serve", FACADE_BPM_URL="http://127.0.0.1:9", **FREE) as running:
        assert not {line.split()[0] for line in running.lines_until("  callers")} & {*PAGES}
        assert running.end()[0] == 0


def test_serve_says_which_operations_are_off() -> None:
    with command("serve", FACADE_PUBLISH_URL="http://127.0.0.1:9", **FREE) as running:
        text = "\n".join(running.lines_until("  Publishing with Basic"))
        assert "production mode" in text
        assert "publish API      http://127.0.0.1:9" in text
        for name in ("token", "integration", "bpm"):
            assert f"{name} API".ljust(17) + "not configured: its operations are off" in text
        assert "needs FACADE_TOKEN_URL" in text
        assert running.end()[0] == 0


@pytest.mark.case("A12")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_says_whose_credentials_go_upstream_and_shows_none(workers: str, tmp_path: Path) -> None:
    canary = "sandbox-canary-7f3a"
    (tmp_path / "password").write_text(f"{canary}\n")
    environment = FREE | {
        "FACADE_CALLERS": callers(tmp_path, billing()),
        "FACADE_IEM_USER": "own@example.com",
        "FACADE_IEM_PASSWORD_FILE": str(tmp_path / "password"),
        "FACADE_LOG_LEVEL": "debug",
    }
    with command("serve", "--sandbox", "--workers", workers, **environment) as running:
        text = "\n".join(running.lines_until("    -d '"))
        assert "callers  authenticated by API key or certificate: " in text
        assert "IEM      service credentials: own@example.com" in text
        assert "BPM      pass-through: its callers' credentials, in x-bpm-authorization" in text
        _, url = addresses(text)
        query = {"query": "mutation { publishMetric(metric: {}) { message } }"}
        answer = httpx.post(url, json=query, headers=HEADERS, timeout=30)
        assert answer.json()["errors"][0]["extensions"]["reason"] == "UPSTREAM_CREDENTIALS_REJECTED"
        family = [running.process.pid, *children(running.process.pid)]
        assert len(family) == (1 if workers == "1" else 3)
        arguments = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in family)
        environments = b"".join(Path(f"/proc/{pid}/environ").read_bytes() for pid in family)
        status, out, errors = running.end()
    assert status == 0
    assert canary.encode() not in arguments + environments + (text + out + errors + answer.text).encode()
    assert "caller=billing" in errors
    assert HEADERS["x-api-key"] not in errors


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_serve_without_callers_passes_credentials_through() -> None:
    with command("serve", "--sandbox", **FREE) as running:
        text = "\n".join(running.lines_until("    -d '"))
        assert "  callers  pass-through: each call goes upstream with its caller's credentials\n" in text
        assert running.end()[0] == 0


def test_serve_writes_no_secret_of_a_caller() -> None:
    canary = "canary-7f3a"
    encoded = b64encode(f"api@example.com:{canary}".encode()).decode()
    environment = FREE | {"FACADE_LOG_LEVEL": "debug", "FACADE_LOG_FORMAT": "json"}
    with command("serve", "--sandbox", **environment) as running:
        _, url = addresses("\n".join(running.lines_until("    -d '")))
        document = "mutation($p: String!) { generateToken(email: $p, password: $p) { email } users { totalCount } }"
        bodies = [
            {"query": '{ user(mail: "x@example.com") { mail } }'},
            {"query": 'mutation { publishEvent(event: {envCustomerId: "C-100"}) { message } }'},
            {"query": document, "variables": {"p": canary}},
            {"query": document.replace("users { totalCount } ", ""), "variables": {"p": {canary: 1}}},
        ]
        for body in bodies:
            httpx.post(url, json=body, headers={"authorization": f"Basic {encoded}"}, timeout=30)
        status, out, errors = running.end()
    assert status == 0
    assert len(errors.splitlines()) >= len(bodies), "a line for each request at least"
    assert canary not in out + errors
    assert encoded not in out + errors


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_the_sandbox_runs_alone_and_ends_well(number: signal.Signals) -> None:
    with command("sandbox", "--address", "127.0.0.1:0", "--users", "3") as running:
        (line,) = running.lines_until("sandbox of the REST APIs at ")
        url = line.split()[-1]
        users = httpx.get(f"{url}/bpm/portal/rest/v1/UserProvisioningService.json", headers=basic(), timeout=30)
        assert users.json()["totalUsers"] == 3
        status, out, errors = running.end(number)
    assert (status, out, errors) == (0, "", "")


def test_a_setting_that_is_wrong_ends_the_process_with_one_line() -> None:
    with command("serve", "--sandbox", FACADE_MODE="canary-7f3a") as running:
        out, errors = running.process.communicate()
    assert running.process.returncode == 2
    assert out == ""
    assert errors == "facade: FACADE_MODE: Input should be 'production' or 'development'\n"
