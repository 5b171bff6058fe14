"""What every rpc of ours passes through: admission, the caller, masking of errors, one line in the log.

The services' methods take a request and a Caller and know nothing of gRPC's context. They are wrapped when the server
is put together, not by an interceptor at each call, which would build a new handler every time.

A call that is aborted keeps the exception, which keeps the functions that it went through: they let go of the call's
`context`, or all of it would wait for the garbage collector.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

from facade.access.entrance import Entrance, permit
from facade.admission import Door, full, interrupted
from facade.caller import Caller, Limits, request_id
from facade.errors import masked
from facade.request_log import Finished, finished
from facade.rpc.errors import AnyContext, abort
from facade.rpc.received import parser, wanted
from facade.rpc.sending import CallerGoneError, send
from facade.rpc.tls import names
from facade.traces.span import trace_id
from facade.traces.tracer import Tracer

R = TypeVar("R")
PACKAGE = "/facade.v1."  # what a path has before the operation's name
# Quoted: grpc is generic in its types alone.
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Handlers: TypeAlias = "dict[str, Handler]"


@dataclass(frozen=True, slots=True)
class Gate:
    """What a call needs to get in.

    Attributes:
        door: what all requests pass.
        limits: of a call's time.
        stream_limits: of the time of a call whose caller streams.
        access: what authenticates callers, or None in pass-through.
        finished: is told of each call that has ended.
        turned_away: is told of each call that is refused unread.
        tracer: begins the spans of calls, or None where nothing is traced.

    """

    door: Door
    limits: Limits
    stream_limits: Limits
    access: Entrance | None = None
    finished: Finished = finished
    turned_away: Callable[[], None] = lambda: None
    tracer: Tracer | None = None


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

        try:
            return await answered(path, gate, gate.limits, context, work)
        finally:
            del context

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
            await send(implementation(parse(raw), caller), context, caller.deadline)  # noqa: F821 - deleted later

        try:
            await answered(path, gate, gate.limits, context, work)
        finally:
            del context

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
            async with aclosing(received(requests)) as messages:  # noqa: F821 - deleted later
                await send(implementation(messages, caller), context, caller.deadline)  # noqa: F821 - as above

        try:
            await answered(path, gate, gate.stream_limits, context, work)
        finally:
            del context, requests

    return grpc.stream_stream_rpc_method_handler(handle)


async def answered(
    path: str, gate: Gate, limits: Limits, context: AnyContext, work: Callable[[Caller], Awaitable[R]]
) -> R:
    """The result of `work`, or the call aborted with the error that it raised. Never silence, never foreign text."""
    started = time.perf_counter()
    headers = wanted(context.invocation_metadata())
    name = request_id(headers)
    span = gate.tracer.rpc(path, headers) if gate.tracer else None
    operation = path.removeprefix(PACKAGE)
    asked: list[str] = []
    who = ""
    try:
        shown = () if gate.access is None else names(context)
        with gate.door.admit(headers, shown):
            if gate.access is None:
                caller = Caller.of(headers, context.time_remaining(), limits, name, span)
            else:
                caller = await gate.access.caller(headers, context.time_remaining(), limits, name, shown, span=span)
                who = caller.known.name if caller.known else ""
                permit(caller, (operation,))
            asked = caller.asked
            result = await work(caller)
    except asyncio.CancelledError:
        cut = interrupted(gate.door)
        if cut is None:
            code = "DEADLINE_EXCEEDED" if context.time_remaining() == 0 else "CANCELLED"
            gate.finished(path, name, started, operation=operation, code=code, asked=asked, caller=who, span=span)
            raise
        error = cut
    except CallerGoneError:
        gate.finished(path, name, started, operation=operation, code="CANCELLED", asked=asked, caller=who, span=span)
        raise asyncio.CancelledError from None
    except Exception as exception:  # noqa: BLE001 - the one place where an rpc's errors end
        error = masked(exception)
    else:
        gate.finished(path, name, started, operation=operation, asked=asked, caller=who, span=span)
        return result
    gate.finished(path, name, started, error, operation=operation, asked=asked, caller=who, span=span)
    try:
        return await abort(context, error, name, trace_id(span))
    finally:
        del context


async def turned_away(requests: AsyncIterator[bytes], context: AnyContext) -> None:
    """Ends a call of which nothing has been read, where the facade is congested."""
    try:
        await abort(context, full(), request_id(wanted(context.invocation_metadata())))
    finally:
        del context, requests


TURNED_AWAY: Handler = grpc.stream_stream_rpc_method_handler(turned_away)
