"""The spans of calls of one upstream: what they have in common is put together once for each operation."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from facade.traces.conventions import resent, upstream
from facade.traces.span import Span
from facade.upstreams.operation import Operation
from facade.upstreams.resource import Pairs, Resource

T = TypeVar("T")


class Spans:
    """The spans of the upstream `name`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._described: dict[str, bytes] = {}

    def begin(self, parent: Span, operation: Operation[Any], resource: Resource, tried: int) -> Span:
        """The span of a call, which is tried for the so manieth time."""
        described = self._described.get(operation.name)
        if described is None:
            scheme, host, port = resource.origin
            origin = scheme.decode(), host.decode(), port
            template = resource.path + operation.below
            described = upstream(self._name, operation.name, operation.method, template, origin)
            self._described[operation.name] = described
        return parent.child(described, resent(tried - 1) if tried > 1 else b"")


def settle(span: Span | None, error: BaseException | None) -> None:
    """Ends the span of a call that ended so."""
    if span is None:
        return
    if error is None:
        span.end()
    else:
        span.fail(error)


def telling(headers: Pairs, span: Span | None) -> Pairs:
    """The headers of a call, and those that tell the upstream of its span."""
    return headers if span is None else [*headers, *span.headers]


async def within(span: Span | None, work: Callable[[], Awaitable[T]]) -> T:
    """The result of `work`, which is what the span is about."""
    if span is None:
        return await work()
    try:
        result = await work()
    except BaseException as error:
        span.fail(error)
        raise
    span.end()
    return result
