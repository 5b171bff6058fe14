"""Services of grpcio's own packages (health, reflection): their handlers, with unexpected errors masked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

import grpc

from facade.errors import masked
from facade.rpc.calls import Handler, Handlers
from facade.rpc.errors import AnyContext, abort


class Collector:
    """Stands in for the server that a generated `add_…_to_server` wants, and keeps the handlers, by path."""

    def __init__(self) -> None:
        self.handlers: Handlers = {}

    def add_generic_rpc_handlers(self, handlers: Sequence[object]) -> None:
        """Not needed: each method is registered by name as well."""

    def add_registered_method_handlers(self, service: str, handlers: Mapping[str, Handler]) -> None:
        """Keeps the handlers of a service."""
        for method, handler in handlers.items():
            self.handlers[f"/{service}/{method}"] = guarded(handler)


def guarded(handler: Any) -> Handler:
    """The same handler, telling callers nothing of an unexpected exception."""
    codecs = (handler.request_deserializer, handler.response_serializer)
    if handler.unary_unary:
        return grpc.unary_unary_rpc_method_handler(once(handler.unary_unary), *codecs)
    if handler.unary_stream:
        return grpc.unary_stream_rpc_method_handler(once(handler.unary_stream), *codecs)
    return grpc.stream_stream_rpc_method_handler(many(handler.stream_stream), *codecs)


def once(behaviour: Callable[[Any, AnyContext], Awaitable[Any]]) -> Callable[[Any, AnyContext], Awaitable[Any]]:
    """Guards a coroutine function (which may stream through its context)."""

    async def handle(request: Any, context: AnyContext) -> Any:
        try:
            return await behaviour(request, context)
        except (asyncio.CancelledError, grpc.aio.AbortError):
            raise
        except Exception as exception:  # noqa: BLE001 - the one place where a foreign rpc's errors end
            await abort(context, masked(exception), "")

    return handle


def many(behaviour: Callable[[Any, AnyContext], AsyncIterator[Any]]) -> Callable[[Any, AnyContext], AsyncIterator[Any]]:
    """Guards an asynchronous generator function."""

    async def handle(requests: Any, context: AnyContext) -> AsyncIterator[Any]:
        try:
            async for response in behaviour(requests, context):
                yield response
        except (asyncio.CancelledError, grpc.aio.AbortError):
            raise
        except Exception as exception:  # noqa: BLE001 - the one place where a foreign rpc's errors end
            await abort(context, masked(exception), "")

    return handle
