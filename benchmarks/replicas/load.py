"""Callers of both faces through Envoy, reads and writes in turn, and how each of their calls ended."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from time import monotonic
from typing import cast

import grpc
import httpx
from google.protobuf.json_format import ParseDict

from facade.caller import Basic
from facade.v1 import provisioning_pb2, provisioning_pb2_grpc, publish_pb2, publish_pb2_grpc

PAUSE = 0.01  # seconds between two calls of a caller
DEADLINE = 60.0  # seconds of a call: only what fails is to fail, on a busy machine, too
BASIC = Basic.of("api@example.com", "sandbox").header
MAIL = "api@example.com"
USER = {"query": "query($mail: String!) { user(mail: $mail) { mail cn } }", "variables": {"mail": MAIL}}
EVENT = "mutation($event: EventInput!) { publishEvent(event: $event) { message } }"


@dataclass(frozen=True)
class Call:
    """A call that has ended.

    Attributes:
        request_id: its name.
        face: "gRPC" or "GraphQL".
        write: whether it was one.
        began: when.
        ended: when.
        end: "OK", or the code of its failure.
        again: whether the answer lets it be repeated.

    """

    request_id: str
    face: str
    write: bool
    began: float
    ended: float
    end: str
    again: bool = False


@dataclass
class Load:
    """What was called so far."""

    calls: list[Call] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)

    async def call(self, face: str, ask: Callable[[str, bool], Awaitable[tuple[str, bool]]]) -> None:
        """One call."""
        number = next(self.numbers)
        write, name = bool(number % 2), f"load-{number}"
        began = monotonic()
        end, again = await ask(name, write)
        self.calls.append(Call(name, face, write, began, monotonic(), end, again))

    @property
    def failed(self) -> list[Call]:
        """The calls that did not succeed."""
        return [call for call in self.calls if call.end != "OK"]


def event(name: str) -> dict[str, str]:
    """A new event; its id is the request's, so that one that is sent twice can be seen."""
    return {"env_customer_id": "C-100", "entity": "host-1", "description": "load", "event_id": name}


def over_grpc(channel: grpc.aio.Channel) -> Callable[[str, bool], Awaitable[tuple[str, bool]]]:
    """Calls over gRPC."""
    users = provisioning_pb2_grpc.ProvisioningServiceStub(channel)
    publish = publish_pb2_grpc.PublishServiceStub(channel)

    async def ask(name: str, write: bool) -> tuple[str, bool]:
        metadata = (("authorization", BASIC), ("x-request-id", name))
        try:
            if write:
                given = ParseDict(event(name), publish_pb2.Event())
                request = publish_pb2.PublishEventRequest(event=given)
                await publish.PublishEvent(request, metadata=metadata, timeout=DEADLINE)
            else:
                asked = provisioning_pb2.GetUserRequest(mail=MAIL)
                await users.GetUser(asked, metadata=metadata, timeout=DEADLINE)
        except grpc.aio.AioRpcError as error:
            told = dict(cast("Iterable[tuple[str, str]]", error.trailing_metadata() or ()))
            return error.code().name, told.get("grpc-retry-pushback-ms") != "-1"
        return "OK", False

    return ask


def over_graphql(client: httpx.AsyncClient) -> Callable[[str, bool], Awaitable[tuple[str, bool]]]:
    """Calls over GraphQL."""

    async def ask(name: str, write: bool) -> tuple[str, bool]:
        given = {camel(key): value for key, value in event(name).items()}
        body = {"query": EVENT, "variables": {"event": given}} if write else USER
        try:
            answer = await client.post("/graphql", json=body, headers={"x-request-id": name})
            errors = answer.json().get("errors")
        except (httpx.TransportError, json.JSONDecodeError) as error:
            return type(error).__name__, False
        if errors:
            return errors[0]["extensions"]["code"], errors[0]["extensions"]["retryable"]
        return ("OK", False) if answer.status_code == httpx.codes.OK else (str(answer.status_code), False)

    return ask


def camel(name: str) -> str:
    """A field's name as GraphQL spells it."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


@asynccontextmanager
async def calling(address: str, authority: bytes, callers: int) -> AsyncIterator[Load]:
    """So many callers of each face, who go on until the block ends; their last calls are waited for then.

    Those of gRPC share one connection: Envoy is to spread its calls.
    """
    load, over = Load(), asyncio.Event()

    async def go_on(face: str, ask: Callable[[str, bool], Awaitable[tuple[str, bool]]]) -> None:
        while not over.is_set():
            await load.call(face, ask)
            await asyncio.sleep(PAUSE)

    trusted = ssl.create_default_context(cadata=authority.decode())
    async with AsyncExitStack() as stack:
        channel = grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(authority))
        client = httpx.AsyncClient(
            base_url=f"https://{address}", verify=trusted, timeout=DEADLINE, headers={"authorization": BASIC}
        )
        await stack.enter_async_context(channel)
        await stack.enter_async_context(client)
        async with asyncio.TaskGroup() as group:
            for _ in range(callers):
                group.create_task(go_on("gRPC", over_grpc(channel)))
                group.create_task(go_on("GraphQL", over_graphql(client)))
            try:
                yield load
            finally:
                over.set()
