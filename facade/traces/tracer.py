"""Begins the trace of a request, and decides whether it is recorded.

A request whose caller says that its trace is not recorded is not, either. Where the caller says that it is, that is
followed for callers who may say so; of all other requests a share is recorded. What anybody could say would let
strangers have us record, and pay for, all they do.
"""

from collections.abc import Callable, Mapping, Sequence
from random import getrandbits, random
from typing import Literal

from facade.traces import conventions
from facade.traces.context import RANDOM, SAMPLED, read
from facade.traces.span import Span, Trace

Followed = Literal["known", "all", "none"]
Headers = Mapping[str, Sequence[str]]


class Tracer:
    """Begins traces.

    Args:
        share: of the requests that are recorded, from 0 to 1.
        followed: of whose requests all are recorded that they say are: callers that are authenticated, all, or none.
        keep: takes a span that has ended.

    """

    def __init__(self, share: float, followed: Followed, keep: Callable[[bytes], None]) -> None:
        self._share = share
        self._followed = followed
        self._keep = keep

    def rpc(self, path: str, headers: Headers) -> Span:
        """The span of a call of gRPC, of which `headers` are the metadata."""
        begun = self._begin(conventions.rpc(path), headers, b"")
        begun.coded = conventions.RPC_CODE
        return begun

    def http(self, method: str, scheme: str, headers: Headers) -> Span:
        """The span of an HTTP request at /graphql."""
        return self._begin(conventions.http(method), headers, conventions.over_http(method, scheme))

    def socket(self, headers: Headers) -> Span:
        """The span of an operation that came over a WebSocket, of whose handshake or beginning `headers` are."""
        return self._begin(conventions.SOCKET, headers, conventions.OVER_SOCKET)

    def _begin(self, described: bytes, headers: Headers, more: bytes) -> Span:
        remote = read(headers)
        if remote is None:
            flags = RANDOM | (SAMPLED if random() < self._share else 0)  # noqa: S311 - it guards nothing
            trace = Trace(f"{getrandbits(128) or 1:032x}", flags, "", self._keep, wished=False)
            return Span(trace, "", described, more)
        flags = remote.flags
        wished = bool(flags & SAMPLED) and self._followed == "known"
        if flags & SAMPLED and self._followed != "all" and random() >= self._share:  # noqa: S311 - as above
            flags &= ~SAMPLED
        trace = Trace(remote.trace_id, flags, remote.state, self._keep, wished=wished)
        return Span(trace, remote.span_id, described, more, True)
