"""gRPC answers in gzip, for clients that ask for it with the metadata `x-response-compression: gzip`.

A compressed request cannot be what asks: gRPC's core decompresses it and takes `grpc-encoding` out of the metadata
before Python sees either, and a client leaves a small request as it is, such as one for a thousand users. Nor can
`grpc-accept-encoding`, which every client sends, nor `accept-encoding`, which a proxy may pass on for a browser whose
gRPC-Web library reads no compressed messages.

How calls that do not ask are served is not touched: those that do have handlers of their own.
"""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import grpc

from facade.rpc.calls import Handler, Handlers
from facade.rpc.errors import AnyContext
from facade.v1 import token_pb2

ASKED = ("x-response-compression", "gzip")
# Bytes of a message; less fits into one or two packets. Core's zlib works at level 6, in the event loop: 1.5 ms for a
# page of 1000 users, 52 KB; the largest answers, of a thousand results, take several.
SMALLEST = 2048
# Tokens are never compressed, on either face: with a text of an attacker's choice beside it, the length of a compressed
# secret tells of it.
SECRETS = tuple(f"/{service.full_name}/" for service in token_pb2.DESCRIPTOR.services_by_name.values())


def compressing(by_path: Handlers) -> Handlers:
    """The handlers, by path, for calls that ask for compressed answers. Those that hold no large ones are left out.

    A handler with a serializer is one of grpcio's own services, whose answers are small or for developers.
    """
    return {
        path: compressed(handler)
        for path, handler in by_path.items()
        if handler.response_serializer is None and not path.startswith(SECRETS)
    }


def compressed(handler: Any) -> Handler:
    """The same handler with answers in gzip."""
    if handler.unary_unary:
        return grpc.unary_unary_rpc_method_handler(once(handler.unary_unary))
    if handler.unary_stream:
        return grpc.unary_stream_rpc_method_handler(many(handler.unary_stream))
    return grpc.stream_stream_rpc_method_handler(many(handler.stream_stream))


def once(behaviour: Callable[[bytes, AnyContext], Awaitable[bytes]]) -> Callable[[bytes, AnyContext], Awaitable[bytes]]:
    """A method that answers once."""

    async def handle(raw: bytes, context: AnyContext) -> bytes:
        answer = await behaviour(raw, context)
        if len(answer) >= SMALLEST:
            context.set_compression(grpc.Compression.Gzip)
            await context.send_initial_metadata(())  # with an answer alone, grpc.aio forgets what was set
        return answer

    return handle


def many(behaviour: Callable[[Any, AnyContext], Awaitable[None]]) -> Callable[[Any, AnyContext], Awaitable[None]]:
    """A method that writes messages to its context."""

    async def handle(requests: Any, context: AnyContext) -> None:
        context.set_compression(grpc.Compression.Gzip)  # of all messages or none, but each can be excepted
        await behaviour(requests, cast("AnyContext", Selective(context)))

    return handle


class Selective:
    """A context of a stream in gzip, which sends small messages as they are."""

    def __init__(self, context: AnyContext) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def write(self, message: bytes) -> None:
        """Sends a message."""
        if len(message) < SMALLEST:
            self._context.disable_next_message_compression()
        await self._context.write(message)
