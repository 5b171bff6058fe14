"""Planted secrets show nowhere: not in logs, answers, errors, health, reflection, nor as the text of an object.

What each test's facade logs, answers and raises is watched by `canary_run`, as in other tests; these plant the secrets,
look where it does not, and show that it finds what is there.
"""

import dataclasses
import importlib
import logging
import pkgutil
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from websockets.exceptions import ConnectionClosed

import facade
import facade.errors
import facade.graphql.errors
import facade.rpc.calls
import facade.rpc.received
from facade import sandbox
from facade.caller import Basic, Token
from facade.errors import Code, FacadeError, Reason
from facade.server import Running, running
from tests.catalogue.canary_run import Watch, judge
from tests.catalogue.planted import COOKIE, PASSWORD, PLANTED, TOKEN, shown
from tests.faces.client import API, Face, Failure
from tests.faces.rows import ARGUMENTS
from tests.faces.stack import FACES, client
from tests.graphql.socket import HEALTH, Talk, opened, sync
from tests.rpc.test_reflection import SERVICES, ask
from tests.support import basic, set_faults, settings_for

pytestmark = pytest.mark.anyio

ACCOUNT = sandbox.Account(API, "API user", PASSWORD, administrator=True, customers=frozenset({"C-100"}))
COOKIES = {"Set-Cookie": [f"access_token={COOKIE}; Path=/", f"session={COOKIE}"]}
CREDENTIALS: dict[str, dict[str, str]] = {
    "the password": basic(API, PASSWORD),
    "a wrong password": basic(API, PASSWORD + "x"),
    "a token": {"authorization": f"Bearer {TOKEN}"},
    "a cookie": {"cookie": f"access_token={TOKEN}; other={COOKIE}"},
    "one for each upstream": {
        "x-iem-authorization": f"Bearer {TOKEN}",
        "x-bpm-authorization": basic(API, PASSWORD)["authorization"],
    },
    "what cannot be read": {"authorization": f"Digest {PASSWORD}"},
    "twice the token": {"cookie": f"access_token={TOKEN}; access_token={COOKIE}"},
}
SPOILT = {"headers": COOKIES, "body": f"{PASSWORD} {TOKEN}"}
FAULTS: dict[str, dict[str, Any]] = {
    "nothing": {"headers": COOKIES},
    "500": {"status": 500, **SPOILT},
    "401": {"status": 401, **SPOILT},
    "302": {"status": 302, "headers": COOKIES | {"Location": f"http://127.0.0.1:9/{TOKEN}"}, "body": PASSWORD},
    "no JSON": {"status": 200, **SPOILT},
    "a truncated answer": {"truncate": 3, **SPOILT},
    "no answer": {"drop": "after"},
}


@pytest.fixture
async def upstream(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[sandbox.Running]:
    """A sandbox whose API user has a planted password, and which issues planted tokens."""
    numbers = count()
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _size: f"{TOKEN}-{next(numbers)}")
    async with sandbox.running(sandbox.Options(accounts=(ACCOUNT,))) as started:
        yield started


@pytest.fixture
async def served(upstream: sandbox.Running, watch: Watch) -> AsyncIterator[Running]:  # noqa: ARG001 - watches what is started
    """A facade that is watched."""
    # Short times: an upstream that does not answer is asked again until they are over.
    async with running(settings_for(upstream.url, default_timeout=1.0, bulk_timeout=1.0)) as started:
        yield started


def arguments(face: Face) -> dict[str, Any]:
    """What each operation is asked with."""
    record: dict[str, Any] = {"rank": 1}
    if face.name == "grpc":
        record = {"fields": record}
    user = ARGUMENTS["CreateUser"]["user"]
    return {
        **ARGUMENTS,
        "GenerateToken": {"email": API, "password": PASSWORD},
        "PublishMetric": {"metric": record},
        "PublishEntityTopology": {"topology": record},
        "PublishServiceTopology": {"topology": record},
        "PublishHealthcheck": {"healthcheck": record},
        "PublishBatch": {"items": [{"item_id": "1", "event": {"entity": "web-1"}}]},
        "UpdateTickets": {"updates": [ARGUMENTS["UpdateTicket"]["update"]]},
        "CreateUsers": {"users": [user]},
        "DeleteUsers": {"mails": [user["mail"]]},
        "SyncUsers": {"options": {}, "roster": [user]},
    }


async def everything(face: Face, headers: dict[str, str]) -> None:
    """Each operation, whatever it leads to."""
    for operation, asked in arguments(face).items():
        try:
            await face.call(operation, asked, headers)
        except Failure as failure:
            found = shown(f"{failure!r} {failure}")
        else:
            found = []
        assert found == []


@pytest.mark.case("A12")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("fault", FAULTS)
async def test_nothing_shows_a_secret_whoever_calls_and_whatever_the_upstreams_do(
    fault: str, name: str, served: Running, upstream: sandbox.Running
) -> None:
    await set_faults(upstream.url, FAULTS[fault])
    async with client(name, served) as face:
        for headers in CREDENTIALS.values():
            await everything(face, headers)


@pytest.mark.case("A12")
async def test_neither_health_nor_reflection_nor_files_show_one(served: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, FAULTS["nothing"])
    for name in FACES:
        async with client(name, served) as face:
            await everything(face, CREDENTIALS["the password"])
    told: list[Any] = [await ask(served, "grpc.reflection.v1", file_containing_symbol=each) for each in SERVICES]
    told.append(await ask(served, "grpc.reflection.v1", list_services=""))
    async with grpc.aio.insecure_channel(served.grpc) as channel:
        told.append(await health_pb2_grpc.HealthStub(channel).List(health_pb2.HealthListRequest()))
    async with httpx.AsyncClient(base_url=served.http) as asking:
        for path in ("/healthz", "/readyz", "/metrics", "/schema.graphql", "/descriptor.binpb", "/", f"/{PASSWORD}"):
            answer = await asking.get(path, headers=CREDENTIALS["the password"], params={"q": TOKEN})
            told += [answer.headers, answer.text]
    assert shown(" ".join(map(str, told))) == []


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The `repr` of the last object of each of our classes with fields that showed a secret."""
    found: dict[str, str] = {}

    def looking(made: Callable[..., None]) -> Callable[..., None]:
        def init(self: object, *arguments: Any, **more: Any) -> None:
            made(self, *arguments, **more)
            if type(self).__init__ is init and shown(repr(self)):
                found[f"{type(self).__module__}.{type(self).__qualname__}"] = repr(self)

        return init

    for kind in classes():
        monkeypatch.setattr(kind, "__init__", looking(kind.__init__))  # type: ignore[misc]  # that is what is wanted
    return found


def classes() -> Iterator[type]:
    """Our classes with fields, but for the sandbox's and the clients'."""
    for module in pkgutil.walk_packages(facade.__path__, "facade."):
        if module.name.split(".")[1] in {"sandbox", "client", "v1", "__main__"}:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and dataclasses.is_dataclass(value) and value.__module__ == module.name:
                yield value


@pytest.mark.case("A12")
async def test_no_object_of_ours_shows_one(texts: dict[str, str], served: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, FAULTS["nothing"])
    for name in FACES:
        async with client(name, served) as face:
            for headers in CREDENTIALS.values():
                await everything(face, headers)
    await over_websocket(served)
    assert texts == {}


async def over_websocket(served: Running) -> None:
    """Operations whose credentials come in the first message."""
    login = "mutation($p: String!) { generateToken(email: $p, password: $p) { name } }"
    payloads: list[Any] = [
        HEALTH,
        sync(2),
        {"query": login, "variables": {"p": PASSWORD}},
        {"query": PASSWORD},
        PASSWORD,
    ]
    for headers in CREDENTIALS.values():
        for payload in payloads:
            async with opened(served) as talk:
                await talk.say(type="connection_init", payload=headers)
                await talk.say(type="subscribe", id="1", payload=payload)
                heard = "".join([str(each) async for each in ended(talk)])
                assert shown(heard) == []


async def ended(talk: Talk) -> AsyncIterator[Any]:
    """What comes until the operation has ended, or the connection."""
    with suppress(ConnectionClosed):
        while True:
            message = await talk.hear()
            yield message
            if message["type"] in {"complete", "error"}:
                return
    yield talk.socket.close_reason


@pytest.mark.case("A12")
async def test_no_message_of_a_websocket_shows_one(served: Running, upstream: sandbox.Running) -> None:
    await set_faults(upstream.url, FAULTS["500"])
    await over_websocket(served)


def test_an_object_that_shows_one_is_found(texts: dict[str, str], watch: Watch) -> None:
    assert {Basic, Token, FacadeError} <= set(classes())
    FacadeError(Code.INTERNAL, Reason.INTERNAL, TOKEN)
    assert texts.keys() == {"facade.errors.FacadeError"}
    Basic.of(API, PASSWORD)
    Token(TOKEN)
    assert texts.keys() == {"facade.errors.FacadeError"}
    watch.found.clear()


def in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs credentials, at a level that is off."""
    wanted = facade.rpc.received.wanted

    def logged(metadata: Any) -> Any:
        found = wanted(metadata)
        logging.getLogger("facade.rpc").debug("called by %s", found)
        return found

    monkeypatch.setattr(facade.rpc.calls, "wanted", logged)


def in_a_field_of_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs a token as a field."""
    wanted = facade.rpc.received.wanted

    def logged(metadata: Any) -> Any:
        logging.getLogger("facade.rpc").debug("called", extra={"who": PLANTED})
        return wanted(metadata)

    monkeypatch.setattr(facade.rpc.calls, "wanted", logged)


def in_the_trailers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tells the caller what it sent."""
    masked = facade.errors.masked

    def told(exception: BaseException) -> FacadeError:
        error = masked(exception)
        error.message = TOKEN
        return error

    monkeypatch.setattr(facade.rpc.calls, "masked", told)


def in_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the password in an error that nobody is told."""

    def generated(*_arguments: object) -> None:
        raise FacadeError(Code.INTERNAL, Reason.INTERNAL, PASSWORD)

    monkeypatch.setattr(facade.caller, "basic", generated)


def in_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tells it in the message of an error."""
    monkeypatch.setattr(facade.graphql.errors, "message", lambda _failure: f"for {PASSWORD}")


@dataclasses.dataclass(frozen=True)
class Leak:
    """A leak, through which face it is met, and where it is found."""

    plant: Callable[[pytest.MonkeyPatch], None]
    face: str
    where: str


LEAKS = (
    Leak(in_the_log, "grpc", "log: facade.rpc, called by %s"),
    Leak(in_a_field_of_the_log, "grpc", "log: facade.rpc, called"),
    Leak(in_the_trailers, "grpc", "gRPC: /facade.v1.ProvisioningService/GetUser, trailers"),
    Leak(in_an_error, "graphql", "error: INTERNAL"),
    Leak(in_a_body, "graphql", "HTTP: /graphql"),
)


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: str(leak.plant.__name__))
async def test_a_leak_is_found(leak: Leak, served: Running, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    async with client(leak.face, served) as face:
        with pytest.raises(Failure):
            await face.call("GetUser", {"mail": "nobody@example.com"}, CREDENTIALS["the password"])
        judge(watch)
        leak.plant(monkeypatch)
        with pytest.raises(Failure):
            await face.call("GetUser", {"mail": "nobody@example.com"}, CREDENTIALS["the password"])
    assert leak.where in watch.found
    assert shown(" ".join(watch.found)) == []
    with pytest.raises(pytest.fail.Exception, match="a secret has shown at"):
        judge(watch)
    watch.found.clear()


async def test_secrets_that_nobody_planted_are_sought_too(served: Running, watch: Watch) -> None:
    token = "issued-to-somebody-7d41"
    async with client("graphql", served) as face:
        with pytest.raises(Failure):
            await face.call("GetUser", {"mail": "x@example.com"}, {"authorization": f"Bearer {token}"})
    judge(watch)
    logging.getLogger("facade.test").debug("sent %s", token)
    assert watch.found == ["log: facade.test, sent %s"]
    watch.found.clear()
