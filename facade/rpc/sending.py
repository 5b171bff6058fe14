"""Streams on their way to a client who may be slow, or gone."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import grpc
from google.protobuf.message import Message

from facade.bulk.budget import results_not_taken
from facade.rpc.errors import AnyContext

LATE = 10.0  # seconds after its deadline for which a stream waits for a client that does not take its messages


class CallerGoneError(Exception):
    """The call has ended while it was answered: there is nobody to tell."""


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
        raise results_not_taken() from None
