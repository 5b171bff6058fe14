"""Executes GraphQL requests, whichever way they came: reads the document, makes the caller, runs the operation.

A query or mutation leads to one Answer. A subscription tells its results to a Sink, and leads to an Answer that says
how it ended.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

from graphql import ExecutionResult, MiddlewareManager, execute, subscribe

from facade.access.entrance import Entrance, permit
from facade.bulk.budget import results_not_taken
from facade.bulk.connect import Bulk
from facade.caller import Caller, Limits
from facade.errors import masked
from facade.graphql import federation as subgraph
from facade.graphql.answer import Answer, executed, refused
from facade.graphql.context import Context
from facade.graphql.executor import ListsExecutor
from facade.graphql.extent import DEFAULT, Bounds
from facade.graphql.guard import ClientGoneError
from facade.graphql.lists import MAX_ERRORS, Variables, WrongVariablesError
from facade.graphql.lists import variables as read
from facade.graphql.operations import NotExecutedError, Operation, Operations, not_executed
from facade.graphql.outcomes import Outcomes, UnfinishedError, known
from facade.graphql.request import TIMEOUT, GraphQLRequest, asked_time
from facade.graphql.schema import executable
from facade.graphql.sink import Sink
from facade.traces.span import Span
from facade.traces.tracer import Tracer
from facade.upstreams.connect import Upstreams

GOING_ON = MiddlewareManager(known)
LATE = 10.0  # seconds after its deadline for which a subscription waits for a client that does not take its results


class Executor:
    """Executes operations.

    Args:
        upstreams: what resolvers call.
        bulk: the bulk operations that they call.
        limits: of the time of a query or mutation.
        stream_limits: of the time of a subscription.
        introspection: whether the schema may be asked for.
        bounds: how much a document and its variables may hold.
        trusted: the documents that may be executed, by their SHA-256, or None where any may. UntrustworthyError if one
            of them is not valid.
        access: what authenticates callers, or None in pass-through.
        federation: whether it also answers what gateways ask of subgraphs.
        tracer: begins the spans of requests, or None where nothing is traced.

    Attributes:
        tracer: as above.

    """

    def __init__(
        self,
        upstreams: Upstreams,
        bulk: Bulk,
        limits: Limits,
        stream_limits: Limits,
        *,
        introspection: bool,
        bounds: Bounds = DEFAULT,
        trusted: Mapping[str, str] | None = None,
        access: Entrance | None = None,
        federation: bool = False,
        tracer: Tracer | None = None,
    ) -> None:
        self._upstreams = upstreams
        self._bulk = bulk
        self._limits = limits
        self._stream_limits = stream_limits
        self._schema = subgraph.executable() if federation else executable()
        self._operations = Operations(self._schema, introspection=introspection, bounds=bounds, trusted=trusted)
        self._introspection = introspection
        self._access = access
        self.tracer = tracer

    @property
    def authenticates(self) -> bool:
        """Whether the facade must know its callers."""
        return self._access is not None

    def operation(self, request: GraphQLRequest) -> Operation:
        """The operation that is asked for. NotExecutedError if there is none that is valid."""
        return self._operations.asked(request)

    async def caller(
        self,
        headers: Mapping[str, Sequence[str]],
        name: str,
        names: Sequence[str],
        *,
        span: Span | None = None,
        streams: bool = False,
    ) -> Caller:
        """The caller that `headers` describe (see `request.wanted`), its time counted from now; `name` is its id.

        `names` are those of its certificate, if it had to show one.
        """
        limits = self._stream_limits if streams else self._limits
        seconds = asked_time(headers.get(TIMEOUT, ()))
        if self._access is None:
            return Caller.of(headers, seconds, limits, name, span)
        return await self._access.caller(headers, seconds, limits, name, names, span=span)

    async def execute(self, operation: Operation, caller: Caller) -> Answer:
        """What a query or mutation leads to. NotExecutedError if the variables do not fit."""
        variables = await self._begun(operation, caller)
        outcomes = Outcomes() if operation.mutates else None
        context = Context(caller, self._upstreams, self._bulk, outcomes)
        middleware = GOING_ON if operation.mutates else None
        if operation.prepared.plan is not None:
            try:
                data = await operation.prepared.plan.data(context, variables)
            except UnfinishedError as unfinished:
                outcomes = unfinished.outcomes
                context = replace(context, outcomes=outcomes)
                middleware = GOING_ON
            else:
                return Answer(200, {"data": data}, operation.name, asked=caller.asked)
        result = execute(**self._arguments(operation, variables, context), middleware=middleware)
        if isinstance(result, Awaitable):
            result = await result
        if result.data is None and all(not error.path for error in result.errors or ()):
            raise not_executed(operation, result.errors or ())
        done = outcomes.results if outcomes and operation.mutates else ()
        answer = executed(result, operation.name, caller, done)
        if outcomes:
            outcomes.forget()
        return answer

    async def stream(self, operation: Operation, caller: Caller, sink: Sink) -> Answer:
        """Tells `sink` each result of a subscription, taking none before the one before is on its way.

        Returns the errors that it ended with, and an Answer without content if it ended well. NotExecutedError if the
        variables do not fit.
        """
        variables = await self._begun(operation, caller)
        source = subscribe(**self._arguments(operation, variables, Context(caller, self._upstreams, self._bulk)))
        if isinstance(source, Awaitable):
            source = await source
        if isinstance(source, ExecutionResult):
            raise NotExecutedError(source.errors or ())
        await sink.begin()
        failure = None
        try:
            async with asyncio.timeout_at(caller.deadline + LATE) as time, aclosing(generator(source)) as results:
                async for result in results:
                    answer = executed(result, operation.name, caller)
                    failure = failure or answer.failure
                    await sink.next(answer.content)
        except ClientGoneError:
            raise
        except Exception as exception:  # noqa: BLE001 - the one place where a subscription's errors end
            error = results_not_taken() if time.expired() else masked(exception)
            return replace(
                refused(error, caller.request_id, 200, span=caller.span), method=operation.name, asked=caller.asked
            )
        return Answer(200, {}, operation.name, failure, caller.asked)

    async def _begun(self, operation: Operation, caller: Caller) -> Variables:
        """The operation's variables, if the caller may ask. NotExecutedError if a long list among them does not fit."""
        given, prepared, hide = operation.request.variables, operation.prepared, not self._introspection
        if caller.span is not None:
            caller.span.described = operation.described
        if self._access is not None:
            permit(caller, prepared.operations)
        if not operation.long:
            return Variables(given)
        try:
            return await read(self._schema, prepared.chosen, prepared.lists, given, hide_suggestions=hide)
        except WrongVariablesError as wrong:
            raise not_executed(operation, wrong.errors) from None

    def _arguments(self, operation: Operation, variables: Variables, context: Context) -> dict[str, Any]:
        lists = {"executor_class": ListsExecutor, "lists": variables.lists}
        return {
            "schema": self._schema,
            "document": operation.prepared.document,
            "context_value": context,
            "variable_values": variables.inputs,
            "operation_name": operation.request.operation_name,
            "max_coercion_errors": MAX_ERRORS,
            "hide_suggestions": not self._introspection,
            **(lists if variables.lists or operation.streams else {}),
        }


def generator(source: Any) -> AsyncGenerator[ExecutionResult, None]:
    """The response stream as what graphql-core makes it: its type says less than can be closed."""
    return cast("AsyncGenerator[ExecutionResult, None]", source)
