"""Sends what is recorded to a collector (OTLP/HTTP with protobuf), in bunches, on the loop and beside the requests.

A collector that is slow or gone harms nobody: what it does not take is kept for a while and up to a limit, then left
out; the log has one line when that begins, and one when it is over.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from facade.traces import otlp

log = logging.getLogger(__name__)

DELAY = 1.0  # seconds for which a span may wait for others
BUNCH = 512  # spans
MOST = 16  # bunches that wait, some three megabytes; more are left out
TRIES = 5
FIRST_PAUSE = 1.0  # seconds; doubled for each further try
LONGEST_PAUSE = 30.0  # seconds that a collector may ask for
AGAIN = frozenset({429, 502, 503, 504})  # statuses after which the same may be sent again (OTLP specification)
QUIET = 60.0  # seconds between two lines about trouble
SUCCESSES = range(200, 300)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a collector answered: its status, the seconds that it asks to be left alone, its body."""

    status: int
    retry_after: float | None
    body: bytes = field(repr=False)


# Posts a body. ConnectionError, in words of ours, if there is no answer.
Post = Callable[[bytes], Awaitable[Reply]]


class Exporter:
    """Keeps spans until they are sent. `run` is its work.

    Args:
        post: sends a request to the collector.
        resource: who tells of the spans (see `otlp.resource_of`).

    """

    def __init__(self, post: Post, resource: bytes) -> None:
        self._post = post
        self._resource = resource
        self._bunch: list[bytes] = []
        self._bunches: deque[list[bytes]] = deque()  # those that are full
        self._some, self._enough, self._closing = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._left_out = 0
        self._troubled = False
        self._quiet_until = 0.0

    def keep(self, span: bytes) -> None:
        """Takes a span, with the key of its field."""
        bunch = self._bunch
        if len(self._bunches) == MOST:
            self._left_out += 1
            return
        bunch.append(span)
        if len(bunch) == 1:
            self._some.set()
        elif len(bunch) == BUNCH:
            self._bunches.append(bunch)
            self._bunch = []
            self._enough.set()

    async def run(self) -> None:
        """Sends until it is to `close`, then what is left."""
        while await self._ready():
            if self._bunches:
                bunch = self._bunches.popleft()
            else:
                bunch, self._bunch = self._bunch, []
            await self._deliver(bunch)

    def close(self) -> None:
        """Has `run` end when it has sent what is left, each bunch tried once."""
        for event in (self._closing, self._some, self._enough):
            event.set()

    async def _ready(self) -> bool:
        """Whether there is more to send; waits until there is enough, or for long enough."""
        while not self._waiting and not self._closing.is_set():
            self._some.clear()
            await self._some.wait()
        if not self._bunches and not self._closing.is_set():
            self._enough.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(DELAY):
                    await self._enough.wait()
        return self._waiting > 0

    @property
    def _waiting(self) -> int:
        """Spans that wait."""
        return BUNCH * len(self._bunches) + len(self._bunch)

    async def _deliver(self, bunch: Sequence[bytes]) -> None:
        """Sends a bunch, again and again if that may help."""
        body = otlp.request(self._resource, bunch)
        pause = FIRST_PAUSE
        for tried in range(1, TRIES + 1):
            why, again, asked = await self._attempt(body)
            if not why:
                return
            self._trouble(why)
            if not again or tried == TRIES or self._closing.is_set():
                break
            with suppress(TimeoutError):
                async with asyncio.timeout(max(pause, min(asked or 0.0, LONGEST_PAUSE))):
                    await self._closing.wait()
            pause *= 2
        self._left_out += len(bunch)

    async def _attempt(self, body: bytes) -> tuple[str, bool, float | None]:
        """Why it was not taken, or ""; whether trying again may help; and after how long it is wished."""
        try:
            reply = await self._post(body)
        except ConnectionError as error:
            return str(error), True, None
        except Exception as error:  # noqa: BLE001 - whatever it is, spans that come later are to be sent
            return type(error).__name__, False, None
        if reply.status not in SUCCESSES:
            return f"HTTP status {reply.status}", reply.status in AGAIN, reply.retry_after
        if refused := otlp.rejected(reply.body):
            self._left_out += refused
            self._trouble("the collector has refused some of them")
        else:
            self._well()
        return "", False, None

    def ended(self) -> None:
        """Nothing will be sent any more: tells what was left out."""
        self._left_out += self._waiting
        if self._left_out:
            log.warning("traces were left out", extra={"left_out": self._left_out})

    def _trouble(self, why: str) -> None:
        """Tells of trouble when it begins, but of one that comes and goes once a minute."""
        if not self._troubled and time.monotonic() >= self._quiet_until:
            self._troubled, self._quiet_until = True, time.monotonic() + QUIET
            log.warning("traces are not exported", extra={"why": why})

    def _well(self) -> None:
        if self._troubled:
            log.warning("traces are exported again", extra={"left_out": self._left_out})
            self._troubled, self._left_out = False, 0
