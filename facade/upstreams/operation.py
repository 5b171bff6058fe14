"""Operation: all that the adapter must know of one REST call to make it and to read its answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from facade.errors import Code, Reason

T = TypeVar("T")

Meaning = tuple[Code, Reason]


class MalformedError(Exception):
    """Raised by a reader: the body is not what the contract says. Its text is for the log alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[T]):
    """One call of an upstream.

    Attributes:
        name: the operation's name in logs.
        method: the HTTP method.
        path: the path below the upstream's base URL, with leading slash.
        below: what stands for the segments that a call appends to the path, in traces.
        read: turns a successful answer (its JSON, or None, and its bytes) into the result, or raises MalformedError.
        raw: whether `read` takes the bytes alone, so that the JSON, in which there are no `sentences`, is not read.
        safe: whether the call changes nothing, so that a lost answer leaves no doubt.
        sentences: known sentences in the answer's `message`, whatever the status, and what they mean.
        statuses: statuses that mean something else here than everywhere.

    """

    name: str
    method: str
    path: str
    read: Callable[[Any, bytes], T]
    below: str = ""
    raw: bool = False
    safe: bool = False
    sentences: Mapping[str, Meaning] = field(default_factory=dict)
    statuses: Mapping[int, Meaning] = field(default_factory=dict)
