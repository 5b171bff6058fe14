"""The one place where the errors of a GraphQL request end, whichever way it came."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from starlette.websockets import WebSocketDisconnect

from facade.admission import Door, interrupted
from facade.errors import masked
from facade.graphql.answer import Answer, refused
from facade.traces.span import Span

FAREWELL = 0.5  # seconds for the last words to a client, where it is the facade that ends the operation


class ClientGoneError(Exception):
    """The client closed the connection: there is nobody to answer."""


async def guarded(
    door: Door,
    headers: Mapping[str, Sequence[str]],
    name: str,
    work: Callable[[], Awaitable[Answer]],
    *,
    names: Sequence[str] = (),
    span: Span | None = None,
) -> Answer:
    """The Answer of `work`, whatever it raises: never silence, never foreign text.

    `headers` are those that describe the caller, `name` is the request's id, `names` are those of a certificate that
    may tell who calls. ClientGoneError passes, and the cancellation of a task whose client is gone.
    """
    try:
        with door.admit(headers, names):
            return await work()
    except ClientGoneError:
        raise
    except asyncio.CancelledError:
        cut = interrupted(door)
        if cut is None:
            raise
        return refused(cut, name, span=span)
    except Exception as exception:  # noqa: BLE001 - as the docstring says
        return refused(masked(exception), name, span=span)


async def farewell(words: Awaitable[None]) -> None:
    """Says the last words, if the client is there and takes them."""
    with suppress(TimeoutError, ClientGoneError, WebSocketDisconnect):
        async with asyncio.timeout(FAREWELL):
            await words
