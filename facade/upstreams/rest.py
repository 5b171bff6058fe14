"""The adapter: the one place that sends a call to an upstream and says what its answer means."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

import httpx

from facade.caller import Caller, Credentials
from facade.errors import Code, FacadeError, Reason
from facade.meters import CallMeter
from facade.traces.span import Span, trace_id
from facade.upstreams.breaker import USUAL, Breaker
from facade.upstreams.connection import Answer
from facade.upstreams.credentials import told
from facade.upstreams.guard import Guard, ProbeGuard
from facade.upstreams.meaning import MESSAGES, failed, meaning
from facade.upstreams.operation import Operation
from facade.upstreams.resource import Pairs, Resource, origin
from facade.upstreams.retry import Retries
from facade.upstreams.sender import sender
from facade.upstreams.spans import Spans, settle, telling
from facade.upstreams.unanswered import TIMEOUT, out_of_time, without_answer

T = TypeVar("T")
log = logging.getLogger(__name__)

FIRST_REFUSAL = 300
NOTHING: Mapping[str, str] = MappingProxyType({})


class Rest:
    """One upstream.

    Args:
        name: the upstream's name in errors and logs.
        base: its base URL without trailing slash, or None if it is not configured.
        transport: sends requests; shared by all upstreams.
        guard: what every call passes; one of its own if it is not given.
        meter: is told of every call.

    """

    def __init__(
        self,
        name: str,
        base: str | None,
        transport: httpx.AsyncBaseTransport,
        guard: Guard | ProbeGuard | None = None,
        meter: CallMeter | None = None,
    ) -> None:
        self.name = name
        self._base = base
        self._sender = sender(transport)
        self._guard = guard or Guard(name, USUAL)
        self._meter = meter or CallMeter()
        self._retries = Retries()
        self._resources: dict[str, Resource] = {}
        self._spans = Spans(name)

    @property
    def configured(self) -> bool:
        """Whether there is an address to call."""
        return self._base is not None

    @property
    def breaker(self) -> Breaker:
        """What knows whether the upstream is down."""
        return self._guard.breaker

    async def call(
        self,
        operation: Operation[T],
        caller: Caller,
        *,
        rest: str = "",
        headers: Pairs = (),
        content: bytes | None = None,
        sent: Credentials | None = None,
    ) -> T:
        """Makes the call within the caller's time and returns its result, or raises FacadeError.

        A call that the guard refuses is not repeated here: it fails at once.

        `rest` is what follows the operation's path, already encoded (see `segments`); `headers` carry the credentials
        `sent`, whose refusal is the operator's business if they are the facade's own.
        """
        resource = self._resource(operation)
        given = [("x-request-id", caller.request_id), *headers]
        self._retries.earn()
        tried, counted = 0, False
        while True:
            tried += 1
            trial = self._enter()
            started = time.monotonic()
            ended: BaseException | None = None
            span = caller.span and self._spans.begin(caller.span, operation, resource, tried)
            send = partial(self._sender.send, resource, rest, telling(given, span), content)
            try:
                return await self._attempt(operation, caller, send, span)
            except FacadeError as error:
                ended = error
                pause = self._retries.pause(error, operation, tried, caller.remaining())
                if pause is None:
                    raise told(error, sent) from error.__cause__
            except BaseException as error:
                ended = error
                raise
            finally:
                seconds = time.monotonic() - started
                counted = self._guard.leave(trial, ended, seconds, counted=counted) or counted
                self._meter.ended(operation.name, seconds, ended)
                settle(span, ended)
                ended = None  # an exception that knows its frame, which knows it, would wait for the collector
            self._meter.retried()
            await asyncio.sleep(pause)

    async def reach(self) -> None:
        """Opens a connection, and closes it: whether there is anybody. FacadeError if not, which counts as a call's."""
        if self._base is None:
            return
        try:
            await self._sender.reach(origin(httpx.URL(self._base)))
        except httpx.HTTPError as error:
            failure = without_answer(error, self.name, safe=True)
            self.breaker.ended(0, failure, 0.0)
            raise failure from error

    def _enter(self) -> int:
        """See Guard."""
        try:
            return self._guard.enter()
        except FacadeError as error:
            self._meter.refused(error)
            raise

    async def _attempt(
        self,
        operation: Operation[T],
        caller: Caller,
        send: Callable[[], Awaitable[Answer]],
        span: Span | None,
    ) -> T:
        if caller.remaining() <= 0:
            raise out_of_time(self.name)
        caller.ask(self.name)
        started = time.perf_counter()
        status = 0
        try:
            async with asyncio.timeout_at(caller.deadline):
                answer = await send()
            status = answer.status
            if span is not None:
                span.status = status
        except TimeoutError:
            raise failed(TIMEOUT, self.name, safe=operation.safe) from None
        except httpx.HTTPError as error:
            raise without_answer(error, self.name, safe=operation.safe) from error
        finally:
            self._log(operation.name, caller, status, started)
        return meaning(operation, self.name, status, fields(answer), answer.body)

    def _resource(self, operation: Operation[Any]) -> Resource:
        found = self._resources.get(operation.name)
        if found is None:
            if self._base is None:
                reason = Reason.UPSTREAM_NOT_CONFIGURED
                raise FacadeError(Code.UNIMPLEMENTED, reason, MESSAGES[reason], self.name)
            found = self._resources[operation.name] = Resource(operation.method, self._base + operation.path)
        return found

    def _log(self, operation: str, caller: Caller, status: int, started: float) -> None:
        if log.isEnabledFor(logging.DEBUG):
            extra = {
                "upstream": self.name,
                "operation": operation,
                "upstream_status": status,
                "request_id": caller.request_id,
                "ms": round((time.perf_counter() - started) * 1000, 2),
            }
            if caller.span is not None:
                extra["trace_id"] = trace_id(caller.span)
            log.debug("upstream call", extra=extra)


def fields(answer: Answer) -> Mapping[str, str]:
    """The headers of an answer by name. Of a success none is asked for, and making the mapping is not free."""
    if answer.status < FIRST_REFUSAL:
        return NOTHING
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
