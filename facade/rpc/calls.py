"""What every rpc of ours passes through: admission, the caller, masking of errors, one line in the log.

The services' methods take a request and a Caller and know nothing of gRPC's context. They are wrapped when the server
is put together, not by an interceptor at each call, which would build a new handler every time.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from facade.admission import Door, interrupted
from facade.caller import HEADERS, Caller, Limits, request_id
from facade.errors import Code, FacadeError, Reason, masked
from facade.request_log import finished
from facade.rpc.errors import AnyContext, abort

R = TypeVar("R")
# Quoted: grpc is generic in its types alone.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Handlers: TypeAlias = "dict[str, Handler]"
LATE = 10.0  # seconds after its deadline for which a stream waits for a client that does not take its messages


class CallerGoneError(Exception):
    """The call has ended while it was answered: there is nobody to tell."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What a call needs to get in.

    Attributes:
        door: what all requests pass.
        limits: of a call's time.
        stream_limits: of the time of a call whose caller streams.

    """

    door: Door
    limits: Limits
    stream_limits: Limits


def handlers(service: object, descriptor: ServiceDescriptor, gate: Gate) -> Handlers:
    """A handler for each method of the service in the contract, by path. `service` has a method of each name."""
    made: Handlers = {}
    for method in descriptor.methods:
        path = f"/{descriptor.full_name}/{method.name}"
        wrap = bidirectional if method.client_streaming else streaming if method.server_streaming else unary
        made[path] = wrap(getattr(service, method.name), method, path, gate)
    return made


def unary(
    implementation: Callable[[Any, Caller], Awaitable[Message]], method: MethodDescriptor, path: str, gate: Gate
) -> Handler:
    """The handler of a method that answers once."""
    parse = parser(method)

    async def handle(raw: bytes, context: AnyContext) -> bytes:
        async def work(caller: Caller) -> bytes:
            return (await implementation(parse(raw), caller)).SerializeToString()

        return await answered(path, gate.door, gate.limits, context, work)

    return grpc.unary_unary_rpc_method_handler(handle)


def streaming(
    implementation: Callable[[Any, Caller], AsyncGenerator[Message, None]],
    method: MethodDescriptor,
    path: str,
    gate: Gate,
) -> Handler:
    """The handler of a method that answers with a stream; each message waits until the one before could be sent."""
    parse = parser(method)

    async def handle(raw: bytes, context: AnyContext) -> None:
        async def work(caller: Caller) -> None:
            await send(implementation(parse(raw), caller), context, caller.deadline)

        await answered(path, gate.door, gate.limits, context, work)

    return grpc.unary_stream_rpc_method_handler(handle)


def bidirectional(
    implementation: Callable[[AsyncIterator[Any], Caller], AsyncGenerator[Message, None]],
    method: MethodDescriptor,
    path: str,
    gate: Gate,
) -> Handler:
    """The handler of a method that takes a stream, message by message as it asks for them, and answers with one."""
    parse = parser(method)

    async def received(requests: AsyncIterator[bytes]) -> AsyncGenerator[Message, None]:
        async for raw in requests:
            yield parse(raw)

    async def handle(requests: AsyncIterator[bytes], context: AnyContext) -> None:
        async def work(caller: Caller) -> None:
            async with aclosing(received(requests)) as messages:
                await send(implementation(messages, caller), context, caller.deadline)

        await answered(path, gate.door, gate.stream_limits, context, work)

    return grpc.stream_stream_rpc_method_handler(handle)


async def send(answers: AsyncGenerator[Message, None], context: AnyContext, deadline: float) -> None:
    """Sends a stream, taking no message before the one before is on its way.

    DEADLINE_EXCEEDED a moment after the deadline: who leaves no room for what it asked for would keep its place for as
    long as its connection. CallerGoneError if there is nobody to send to.
    """
    try:
        async with asyncio.timeout_at(deadline + LATE) as time, aclosing(answers) as messages:
            async for message in messages:
                await context.write(message.SerializeToString())
    except grpc.aio.InternalError:
        raise CallerGoneError from None
    except TimeoutError:
        if not time.expired():
            raise
        raise not_taken() from None


async def answered(
    path: str, door: Door, limits: Limits, context: AnyContext, work: Callable[[Caller], Awaitable[R]]
) -> R:
    """The result of `work`, or the call aborted with the error that it raised. Never silence, never foreign text."""
    started = time.perf_counter()
    headers = wanted(context.invocation_metadata())
    name = request_id(headers)
    asked: list[str] = []
    try:
        with door.admit():
            caller = Caller.of(headers, context.time_remaining(), limits, name)
            asked = caller.asked
            result = await work(caller)
    except asyncio.CancelledError:
        cut = interrupted(door)
        if cut is None:
            over = context.time_remaining() == 0
            finished(path, name, started, code="DEADLINE_EXCEEDED" if over else "CANCELLED", asked=asked)
            raise
        error = cut
    except CallerGoneError:
        finished(path, name, started, code="CANCELLED", asked=asked)
        raise asyncio.CancelledError from None
    except Exception as exception:  # noqa: BLE001 - the one place where an rpc's errors end
        error = masked(exception)
    else:
        finished(path, name, started, asked=asked)
        return result
    finished(path, name, started, error, asked=asked)
    return await abort(context, error, name)


def wanted(metadata: Iterable[tuple[str, str | bytes]] | None) -> dict[str, list[str]]:
    """The metadata that describe a caller."""
    found: dict[str, list[str]] = {}
    for name, value in metadata or ():
        if name in HEADERS and isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found


def parser(method: MethodDescriptor) -> Callable[[bytes], Message]:
    """Reads the method's request. grpc would tell the caller its own exception's text, so that this is done here."""
    from_string: Callable[[bytes], Message] = GetMessageClass(method.input_type).FromString

    def parse(raw: bytes) -> Message:
        try:
            return from_string(raw)
        except DecodeError:
            text = f"The request is not a {method.input_type.full_name}."
            raise FacadeError(Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST, text) from None

    return parse


def not_taken() -> FacadeError:
    """The client did not read, so that the call could not go on."""
    text = "The time of the request was over before the client had taken the results."
    return FacadeError(Code.DEADLINE_EXCEEDED, Reason.UPSTREAM_TIMEOUT, text)
