"""`POST /graphql`: what every GraphQL request passes through, as `rpc.calls` is for gRPC."""

import asyncio
import time
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

import orjson
from graphql import DocumentNode, ExecutionResult, FieldNode, GraphQLError, OperationDefinitionNode, execute
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from facade.admission import Door, interrupted
from facade.caller import Caller, Limits, request_id
from facade.errors import masked
from facade.graphql import request as http
from facade.graphql.answer import Answer, executed, refused, with_errors
from facade.graphql.context import Context
from facade.graphql.documents import MAX_ERRORS, Documents, operation
from facade.graphql.schema import executable
from facade.request_log import finished
from facade.upstreams.connect import Upstreams

T = TypeVar("T")
FIELDS_LOGGED = 5


class ClientGoneError(Exception):
    """The client closed the connection: there is nobody to answer."""


class Endpoint:
    """The ASGI application of the path `/graphql`.

    Args:
        upstreams: what resolvers call.
        door: admits requests.
        limits: of a request's time.
        max_body: bytes of a request's body.
        introspection: whether the schema may be asked for.

    """

    def __init__(self, upstreams: Upstreams, door: Door, limits: Limits, *, max_body: int, introspection: bool) -> None:
        self._upstreams = upstreams
        self._door = door
        self._limits = limits
        self._max_body = max_body
        self._schema = executable()
        self._documents = Documents(self._schema, introspection=introspection)
        self._introspection = introspection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        started = time.perf_counter()
        headers = Headers(scope=scope)
        name = request_id(http.wanted(headers))
        try:
            form = http.answer_form(",".join(headers.getlist("accept")))
            answer = await self._guarded(scope["method"], headers, receive, name, form.unexecuted)
        except http.HttpError as refusal:
            form = http.Form()
            answer = refused(refusal.failure, name, refusal.status, refusal.headers)
        except (ClientGoneError, asyncio.CancelledError) as end:
            finished("graphql", name, started, code="CANCELLED")
            if isinstance(end, ClientGoneError):
                return
            raise
        finished(answer.method, name, started, answer.failure, asked=answer.asked)
        more = {"x-request-id": name, **answer.headers}
        response = Response(orjson.dumps(answer.content), answer.status, more, f"{form.kind}; charset=utf-8")
        await response(scope, receive, send)

    async def _guarded(self, verb: str, headers: Headers, receive: Receive, name: str, unexecuted: int) -> Answer:
        """The answer, whatever is raised. Never silence, never foreign text."""
        try:
            with self._door.admit():
                return await self._answer(verb, headers, receive, name, unexecuted)
        except (http.HttpError, ClientGoneError):
            raise
        except asyncio.CancelledError:
            cut = interrupted(self._door)
            if cut is None:
                raise
            return refused(cut, name)
        except Exception as exception:  # noqa: BLE001 - the one place where a request's errors end
            return refused(masked(exception), name)

    async def _answer(self, verb: str, headers: Headers, receive: Receive, name: str, unexecuted: int) -> Answer:
        http.check(verb, headers)
        caller = Caller.of(http.wanted(headers), http.asked_time(headers), self._limits, name)
        asked = http.parse(await http.read_body(receive, headers, self._max_body))
        document = self._documents.read(asked.query)
        try:
            if document.node is None:
                return with_errors(unexecuted, document.errors, name)
            chosen = operation(document.node, asked.operation_name)
        except GraphQLError as error:
            return with_errors(unexecuted, (error,), name)
        result = await until_gone(receive, self._execute(document.node, asked, caller))
        if result.data is None and all(not error.path for error in result.errors or ()):
            # variables that do not fit: nothing was executed
            return with_errors(unexecuted, tuple(result.errors or ()), name)
        return executed(result, method(chosen), caller)

    async def _execute(self, node: DocumentNode, asked: http.GraphQLRequest, caller: Caller) -> ExecutionResult:
        result = execute(
            self._schema,
            node,
            context_value=Context(caller, self._upstreams),
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            max_coercion_errors=MAX_ERRORS,
            hide_suggestions=not self._introspection,
        )
        return await result if isinstance(result, Awaitable) else result


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


def method(chosen: OperationDefinitionNode) -> str:
    """What the log calls an operation: its kind and its first fields, which are names of the schema."""
    fields = [node.name.value for node in chosen.selection_set.selections if isinstance(node, FieldNode)]
    return f"{chosen.operation.value} {' '.join(fields[:FIELDS_LOGGED])}"
