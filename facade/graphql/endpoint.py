"""`POST /graphql`: what every GraphQL request over HTTP passes through, as `rpc.calls` is for gRPC."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from graphql import GraphQLError
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from facade.admission import Door
from facade.caller import Caller, request_id
from facade.graphql import request as http
from facade.graphql.accept import EVENTS_TYPE, Form, answer_form
from facade.graphql.answer import Answer, refused, with_errors
from facade.graphql.compression import encoded
from facade.graphql.event_stream import EventStream
from facade.graphql.execution import Executor
from facade.graphql.guard import ClientGoneError, farewell, guarded
from facade.graphql.operations import NotExecutedError, Operation
from facade.graphql.persisted import is_unknown
from facade.graphql.site import ANYWHERE, Site
from facade.graphql.watch import until_gone
from facade.request_log import NO_OPERATION, Finished, finished
from facade.tls import NAMES
from facade.traces.span import Span

NO_TRANSPORT = "A subscription needs `accept: text/event-stream`, or a WebSocket of graphql-transport-ws."


@dataclass(slots=True)
class Asked:
    """A request as it comes in.

    Attributes:
        verb: its method.
        headers: its headers.
        wanted: those of them that describe the caller and its time.
        receive: ASGI's, which brings the body and says when the client is gone.
        name: its id.
        form: the form that its answer is to have.
        events: the answer, where it is a stream.
        names: those of the client's certificate, if it had to show one.
        known: the name of the caller, as soon as it is authenticated; "" in pass-through.
        span: its span, or None where nothing is traced.
        operation: what it is counted as, as soon as its document has been read.

    """

    verb: str
    headers: Headers = field(repr=False)
    wanted: Mapping[str, Sequence[str]] = field(repr=False)
    receive: Receive
    name: str
    form: Form
    events: EventStream
    names: Sequence[str] = ()
    known: str = ""
    span: Span | None = None
    operation: str = NO_OPERATION


class Endpoint:
    """The ASGI application of the path `/graphql`.

    Args:
        executor: executes operations.
        door: admits requests.
        site: what it is part of.
        max_body: bytes of a request's body.
        finished: is told of each request that has ended.

    """

    def __init__(
        self, executor: Executor, door: Door, site: Site = ANYWHERE, *, max_body: int, finished: Finished = finished
    ) -> None:
        self._site = site
        self._executor = executor
        self._door = door
        self._max_body = max_body
        self._finished = finished

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        started = time.perf_counter()
        headers = Headers(scope=scope)
        wanted = http.wanted(headers)
        name = request_id(wanted)
        tracer = self._executor.tracer
        span = tracer.http(scope["method"], scope["scheme"], wanted) if tracer else None
        async with EventStream(send, name) as events:
            names = scope["state"].get(NAMES, ()) if self._executor.authenticates and "state" in scope else ()
            asked = Asked(scope["method"], headers, wanted, receive, name, Form(), events, names, span=span)
            try:
                asked.form = answer_form(",".join(headers.getlist("accept")))
                answer = await guarded(self._door, wanted, name, lambda: self._answer(asked), names=names, span=span)
            except http.HttpError as refusal:
                answer = refused(refusal.failure, name, refusal.status, refusal.headers, span=asked.span)
            except (ClientGoneError, asyncio.CancelledError) as end:
                operation, caller = asked.operation, asked.known
                self._finished(
                    "graphql", name, started, operation=operation, code="CANCELLED", caller=caller, span=span
                )
                if isinstance(end, ClientGoneError):
                    return
                raise
            if span is not None:
                span.status = answer.status
            told, operation, caller = answer.failure, asked.operation, asked.known
            self._finished(
                answer.method, name, started, told, operation=operation, asked=answer.asked, caller=caller, span=span
            )
            if not events.begun:
                body, encoding = await encoded(orjson.dumps(answer.content), answer.asked, headers)
                more = {"x-request-id": name, **answer.headers, **encoding}
                more["content-type"] = f"{asked.form.plain}; charset=utf-8"
                await respond(send, answer.status, more, body)
            elif not events.ended:  # the facade ended it
                await farewell(events.end(answer))

    async def _answer(self, asked: Asked) -> Answer:
        """The answer; all of it, or its beginning, has been sent where `events` have begun."""
        try:
            self._site.check(asked.headers)
            http.check(asked.verb, asked.headers)
            caller = await self._caller(asked)  # whose credentials are no good need not send a body
            body = await http.read_body(asked.receive, asked.headers, self._max_body)
            operation = self._executor.operation(await http.parse(body))
            asked.operation = operation.prepared.counted_as
            if operation.streams:
                return await until_gone(asked.receive, self._stream(operation, asked))
            answer = await until_gone(asked.receive, self._executor.execute(operation, caller))
            if asked.form.kind == EVENTS_TYPE:
                await asked.events.begin()
                await asked.events.end(answer)
        except http.HttpError as refusal:
            return refused(refusal.failure, asked.name, refusal.status, refusal.headers, span=asked.span)
        except NotExecutedError as error:
            status = asked.form.unknown if is_unknown(error.errors) else asked.form.unexecuted
            return with_errors(status, error.errors, asked.name, asked.span)
        return answer

    async def _caller(self, asked: Asked, *, streams: bool = False) -> Caller:
        caller = await self._executor.caller(asked.wanted, asked.name, asked.names, span=asked.span, streams=streams)
        if caller.known is not None:
            asked.known = caller.known.name
        return caller

    async def _stream(self, operation: Operation, asked: Asked) -> Answer:
        if not asked.form.events:
            raise NotExecutedError([GraphQLError(NO_TRANSPORT)])
        caller = await self._caller(asked, streams=True)
        answer = await self._executor.stream(operation, caller, asked.events)
        await asked.events.end(answer)
        return answer


async def respond(send: Send, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Sends a whole answer."""
    told = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    told.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})
