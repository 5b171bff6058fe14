"""Faults: what goes wrong, for which requests, how often.

A fault is a JSON object; all keys are optional, and an unknown key or a wrong type is refused:

    method    only requests of this method
    path      only requests whose path, as received or percent-decoded, matches this glob, for
              example /publish/*; its * matches slashes, too
    match     only requests whose body matches this glob, for example *"severity":"5"*
    status    100 to 999
    body      a string is sent as it is, any other value as JSON
    headers   {name: value or [values]}, laid over the answer's headers of the same names
    delay     seconds between carrying the request out and answering it
    drop      "before": the connection is reset before the request has any effect;
              "after": the request is carried out, then the connection is reset without an answer
    truncate  how many bytes of the body are sent before the connection is closed, under the
              full Content-Length
    times     how many requests it meets; without it, all
    apply     true: the request is carried out although status or body replace its answer

With status or body the answer is made of these alone (200, no body, no headers unless given). With
neither the real endpoint answers, and the rest is laid over its answer.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote

from facade.sandbox.exchange import Answer

Header = tuple[bytes, bytes]


@dataclass
class Fault:
    """One fault, read. `given` is the object as it was sent; `remaining` None means for ever."""

    given: dict[str, Any]
    method: str | None = None
    path: re.Pattern[str] | None = None
    match: re.Pattern[str] | None = None
    status: int | None = None
    body: bytes | None = None
    headers: tuple[Header, ...] = ()
    delay: float = 0.0
    drop: Literal["before", "after"] | None = None
    truncate: int | None = None
    remaining: int | None = None
    apply: bool = False
    index: int = 0

    def matches(self, method: str, raw_path: str, body: bytes) -> bool:
        """Whether the fault is for such a request and not used up."""
        if self.remaining == 0 or self.method not in (None, method):
            return False
        if self.path and not any(map(self.path.match, (raw_path, unquote(raw_path)))):
            return False
        return self.match is None or self.match.match(body.decode(errors="replace")) is not None

    @property
    def carries_out(self) -> bool:
        """Whether the real endpoint gets the request."""
        if self.drop:
            return self.drop == "after"
        return self.apply or (self.status is None and self.body is None)

    def answer(self, real: Callable[[], Answer]) -> Answer:
        """The answer to send; calls `real` exactly if the request is to be carried out."""
        answer = real() if self.carries_out else Answer(200)
        if self.status is not None or self.body is not None:
            answer = Answer(self.status or 200, self.body or b"")
        names = {name for name, _ in self.headers}
        kept = (header for header in answer.headers if header[0] not in names)
        return Answer(answer.status, answer.body, (*kept, *self.headers))


class Faults:
    """The faults in force, in order: the first that matches is the one that happens."""

    def __init__(self) -> None:
        self._faults: Sequence[Fault] = ()

    def replace(self, faults: Sequence[Fault]) -> int:
        """Put these in force instead; how many there were before."""
        before = len(self._faults)
        for index, fault in enumerate(faults):
            fault.index = index
        self._faults = faults
        return before

    def meet(self, method: str, raw_path: str, body: bytes) -> Fault | None:
        """The fault this request meets, counted as having happened once more."""
        for fault in self._faults:
            if fault.matches(method, raw_path, body):
                if fault.remaining is not None:
                    fault.remaining -= 1
                return fault
        return None

    def shown(self) -> list[dict[str, Any]]:
        """The faults as given, each with `remaining`: a count, or null for ever."""
        return [fault.given | {"remaining": fault.remaining} for fault in self._faults]
