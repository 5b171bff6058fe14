"""`POST /graphql`: what every GraphQL request over HTTP passes through, as `rpc.calls` is for gRPC."""

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from graphql import GraphQLError
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from facade.admission import Door
from facade.caller import request_id
from facade.graphql import request as http
from facade.graphql.accept import EVENTS_TYPE, Form, answer_form
from facade.graphql.answer import Answer, refused, with_errors
from facade.graphql.compression import encoded
from facade.graphql.event_stream import EventStream
from facade.graphql.execution import Executor, NotExecutedError, Operation
from facade.graphql.guard import FAREWELL, ClientGoneError, guarded
from facade.graphql.persisted import is_unknown
from facade.request_log import finished

T = TypeVar("T")
NO_TRANSPORT = "A subscription needs `accept: text/event-stream`, or a WebSocket of graphql-transport-ws."


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it comes in.

    Attributes:
        verb: its method.
        headers: its headers.
        receive: ASGI's, which brings the body and says when the client is gone.
        name: its id.
        form: the form that its answer is to have.
        events: the answer, where it is a stream.

    """

    verb: str
    headers: Headers
    receive: Receive
    name: str
    form: Form
    events: EventStream


class Endpoint:
    """The ASGI application of the path `/graphql`.

    Args:
        executor: executes operations.
        door: admits requests.
        max_body: bytes of a request's body.

    """

    def __init__(self, executor: Executor, door: Door, *, max_body: int) -> None:
        self._executor = executor
        self._door = door
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        started = time.perf_counter()
        headers = Headers(scope=scope)
        name = request_id(http.wanted(headers))
        async with EventStream(send, name) as events:
            form = Form()
            try:
                form = answer_form(",".join(headers.getlist("accept")))
                asked = Asked(scope["method"], headers, receive, name, form, events)
                answer = await guarded(self._door, name, lambda: self._answer(asked))
            except http.HttpError as refusal:
                answer = refused(refusal.failure, name, refusal.status, refusal.headers)
            except (ClientGoneError, asyncio.CancelledError) as end:
                finished("graphql", name, started, code="CANCELLED")
                if isinstance(end, ClientGoneError):
                    return
                raise
            finished(answer.method, name, started, answer.failure, asked=answer.asked)
            if not events.begun:
                body, encoding = await encoded(orjson.dumps(answer.content), answer.asked, headers)
                more = {"x-request-id": name, **answer.headers, **encoding}
                response = Response(body, answer.status, more, f"{form.plain}; charset=utf-8")
                await response(scope, receive, send)
            elif not events.ended:  # the facade ended it
                with suppress(TimeoutError):
                    async with asyncio.timeout(FAREWELL):
                        await events.end(answer)

    async def _answer(self, asked: Asked) -> Answer:
        """The answer; all of it, or its beginning, has been sent where `events` have begun."""
        try:
            http.check(asked.verb, asked.headers)
            wanted = http.wanted(asked.headers)
            caller = self._executor.caller(wanted, asked.name)  # whose credentials are no good need not send a body
            body = await http.read_body(asked.receive, asked.headers, self._max_body)
            operation = self._executor.operation(http.parse(body))
            if operation.streams:
                return await until_gone(asked.receive, self._stream(operation, asked))
            answer = await until_gone(asked.receive, self._executor.execute(operation, caller))
            if asked.form.kind == EVENTS_TYPE:
                await asked.events.begin()
                await asked.events.end(answer)
        except http.HttpError as refusal:
            return refused(refusal.failure, asked.name, refusal.status, refusal.headers)
        except NotExecutedError as error:
            status = asked.form.unknown if is_unknown(error.errors) else asked.form.unexecuted
            return with_errors(status, error.errors, asked.name)
        return answer

    async def _stream(self, operation: Operation, asked: Asked) -> Answer:
        if not asked.form.events:
            raise NotExecutedError([GraphQLError(NO_TRANSPORT)])
        caller = self._executor.caller(http.wanted(asked.headers), asked.name, streams=True)
        answer = await self._executor.stream(operation, caller, asked.events)
        await asked.events.end(answer)
        return answer


async def until_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled, with its upstream calls, when the client closes the connection."""
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(disconnected(receive))
    try:
        await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientGoneError
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def disconnected(receive: Receive) -> None:
    """Returns when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
