"""The canary run, a pytest plugin: no secret that goes through a facade may show where it does not belong.

Secrets are those that are planted (see `canary`), and those that come in while a test runs: callers' credentials, the
tokens that the sandbox issues, the cookies that it sets. They are sought in each record of our log, at debug level
whatever the test asks for, as the text, as its fields and with its traceback; in each error as `str` and as `repr`; and
in each answer, with its headers or trailers, but for the token that whoever asks for one is given.

It watches some of the tests always, and all of them with `--canaries`, with what runs in processes of its own (see
`canary_process`).
"""

import logging
import os
from base64 import b64decode
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import facade.assembly
import facade.caller
import facade.rpc.calls
import facade.rpc.sending
import facade.sandbox.sessions
import facade.server
from facade.access.own import Account
from facade.caller import Basic, Token
from facade.errors import FacadeError
from facade.upstreams.connection import Connection
from tests.catalogue.canary_process import FOUND, SHORTEST, environment
from tests.catalogue.planted import PLANTED, shown

# Those that send what there is to send through both faces, and go wrong in every way.
ALWAYS = ("tests/catalogue/test_canaries.py", "tests/faces/test_operations.py", "tests/faces/test_sessions.py")
REMEMBERED = 64  # secrets; tests that have thousands of callers would take too long
GIVES_A_TOKEN = "generatetoken"  # in the name of an operation, in lower case
PLAIN = logging.Formatter("%(name)s %(message)s")


class Watch:
    """What has come in, and where it has shown.

    Args:
        tell: is told, too, where a secret has shown.

    Attributes:
        found: where a secret has shown, in words; the secret itself is in none.

    """

    def __init__(self, tell: Callable[[str], None] | None = None) -> None:
        self.found: list[str] = []
        self._tell = tell
        self._secrets: deque[str] = deque(maxlen=REMEMBERED)

    def secret(self, text: str) -> None:
        """Notes a secret."""
        if len(text) >= SHORTEST and text not in self._secrets:
            self._secrets.append(text)

    def credentials(self, given: Basic | Token | None) -> None:
        """Notes what a caller has sent."""
        if isinstance(given, Token):
            self.secret(given.value)
        elif given is not None:
            encoded = given.header.partition(" ")[2]
            self.secret(encoded)
            self.secret(b64decode(encoded).partition(b":")[2].decode(errors="replace"))

    def look(self, where: str, *texts: object) -> None:
        """Seeks the secrets in what was shown at a place."""
        text = " ".join(map(str, texts))
        if shown(text, (*PLANTED, *self._secrets)):
            self.found.append(where)
            if self._tell:
                self._tell(where)

    def record(self, record: logging.LogRecord) -> None:
        """Seeks them in a record, and in all that a formatter could make of it."""
        text = PLAIN.format(logging.makeLogRecord(record.__dict__))  # a copy: formatting leaves its traces in a record
        extra = {name: value for name, value in record.__dict__.items() if name != "exc_info"}
        self.look(f"log: {record.name}, {record.msg}", text, extra)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """A watch over all facades that the test starts from here on."""
    made = Watch()
    over_all(made, monkeypatch)
    return made


def over_all(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Watches this process from here on."""
    for over in (over_logs, over_secrets, over_errors, over_graphql, over_grpc):
        over(watch, monkeypatch)


def over_logs(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every record of ours is made; those that the test did not ask for end here."""
    enabled, handled = logging.Logger.isEnabledFor, logging.Logger.callHandlers

    def is_enabled(self: logging.Logger, level: int) -> bool:
        return self.name.startswith("facade") or enabled(self, level)

    def handle(self: logging.Logger, record: logging.LogRecord) -> None:
        # Of libraries a facade tells warnings only (see `facade.logs`).
        if self.name.startswith("facade") or record.levelno >= logging.WARNING:
            watch.record(record)
        if enabled(self, record.levelno):
            handled(self, record)

    monkeypatch.setattr(logging.Logger, "isEnabledFor", is_enabled)
    monkeypatch.setattr(logging.Logger, "callHandlers", handle)


def over_secrets(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """What callers send, what the sandbox issues, what an upstream sets."""

    def noting(function: Callable[..., Any], note: Callable[[Any], None]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            result = function(*arguments)
            note(result)
            return result

        return call

    header = Connection.on_header

    def on_header(self: Connection, name: bytes, value: bytes) -> None:
        if name.lower() == b"set-cookie":
            watch.secret(value.decode("latin-1").partition(";")[0].partition("=")[2])
        header(self, name, value)

    for name in ("authorization", "cookie"):
        monkeypatch.setattr(facade.caller, name, noting(getattr(facade.caller, name), watch.credentials))
    monkeypatch.setattr(Account, "credentials", noting(Account.credentials, watch.credentials))
    sessions = facade.sandbox.sessions.Sessions
    monkeypatch.setattr(sessions, "issue", noting(sessions.issue, watch.secret))
    monkeypatch.setattr(Connection, "on_header", on_header)


def over_errors(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every error of ours, as it is made."""
    made = FacadeError.__init__

    def init(self: FacadeError, *arguments: Any, **more: Any) -> None:
        made(self, *arguments, **more)
        watch.look(f"error: {self.reason}", str(self), repr(self))

    monkeypatch.setattr(FacadeError, "__init__", init)


def over_graphql(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that the HTTP port sends."""
    made = facade.assembly.application

    def application(*arguments: Any, **named: Any) -> ASGIApp:
        inner = made(*arguments, **named)

        async def tapped(scope: Scope, receive: Receive, send: Send) -> None:
            asked = bytearray()

            async def received() -> Message:
                message = await receive()
                asked.extend(message.get("body", b"") + (message.get("text") or "").encode())
                return message

            async def sent(message: Message) -> None:
                told = [message.get(key, b"") for key in ("headers", "body", "text", "reason")]
                if GIVES_A_TOKEN.encode() not in asked.lower():
                    watch.look(f"HTTP: {scope['path']}", *map(readable, told))
                await send(message)

            await inner(scope, received, sent)

        return tapped

    monkeypatch.setattr(facade.server, "application", application)


def readable(value: object) -> str:
    """What is sent as text."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def over_grpc(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that our rpcs answer, or end with."""
    answered = facade.rpc.calls.answered

    async def tapped(path: str, door: Any, limits: Any, context: Any, work: Callable[[Any], Awaitable[Any]]) -> Any:
        through: Any = Tapped(context, path, watch)
        try:
            answer = await answered(path, door, limits, through, work)
        finally:
            del context, through  # as in `facade.rpc.calls`: what failed is not held by its exception
        if isinstance(answer, bytes) and GIVES_A_TOKEN not in path.lower():
            watch.look(f"gRPC: {path}", readable(answer))
        return answer

    sending = facade.rpc.sending.send

    async def send(answers: Any, context: Any, deadline: float) -> None:
        through: Any = Tapped(context, "stream", watch)
        try:
            await sending(answers, through, deadline)
        finally:
            del context, through  # as above

    monkeypatch.setattr(facade.rpc.calls, "answered", tapped)
    monkeypatch.setattr(facade.rpc.calls, "send", send)


class Tapped:
    """A call's context that shows what is sent through it."""

    def __init__(self, context: Any, path: str, watch: Watch) -> None:
        self._context = context
        self._path = path
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def write(self, message: bytes) -> None:
        """A message of a stream."""
        self._watch.look(f"gRPC: {self._path}", readable(message))
        await self._context.write(message)

    async def abort(self, code: Any, details: str, trailers: Any) -> None:
        """An error."""
        told = [readable(value) for pair in trailers for value in pair]
        self._watch.look(f"gRPC: {self._path}, trailers", details, *told)
        try:
            await self._context.abort(code, details, trailers)
        finally:
            del self  # as above


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--canaries`."""
    parser.addoption("--canaries", action="store_true", help="seek secrets in what all tests' facades show")


def pytest_configure(config: pytest.Config) -> None:
    """Has all processes watched that tests start from here on, those too that several tests share."""
    if config.getoption("--canaries"):
        found = Path(mkdtemp(prefix="canaries-")) / "found"
        os.environ.update(environment(found))


@pytest.fixture(autouse=True)
def canaries(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which a secret has shown."""
    everywhere = request.config.getoption("--canaries")
    watched = everywhere or request.node.nodeid.startswith(ALWAYS)
    watch = request.getfixturevalue("watch") if watched else None
    yield
    if watch is not None:
        if everywhere:
            watch.found += told(Path(os.environ[FOUND]))
        judge(watch)


def told(found: Path) -> list[str]:
    """What processes have written down, which is taken away: it is this test's, or of one that shares the process."""
    lines = found.read_text().splitlines() if found.exists() else []
    found.unlink(missing_ok=True)
    return lines


def judge(watch: Watch) -> None:
    """Fails if a secret has shown."""
    if watch.found:
        pytest.fail("a secret has shown at:\n" + "\n".join(sorted(set(watch.found))), pytrace=False)
