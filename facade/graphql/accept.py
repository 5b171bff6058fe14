"""The form of an answer: what the caller's Accept header asks for."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from facade.graphql.request import HttpError

JSON_TYPE = "application/json"
RESPONSE_TYPE = "application/graphql-response+json"
EVENTS_TYPE = "text/event-stream"
RANGES = ("application/*", "*/*")


@dataclass(frozen=True, slots=True)
class Form:
    """The form of an answer.

    Attributes:
        kind: the media type.
        unexecuted: the status where the document or its variables are wrong, so that nothing was executed.
        events: whether the caller takes server-sent events, without which there are no subscriptions.

    """

    kind: str = JSON_TYPE
    unexecuted: int = 400
    events: bool = False

    @property
    def plain(self) -> str:
        """The media type of an answer that is no stream."""
        return RESPONSE_TYPE if self.kind == EVENTS_TYPE else self.kind

    @property
    def unknown(self) -> int:
        """200 with application/json, also for who did not ask for it by name.

        Nothing is wrong with the request, and older clients of Apollo's, which ask for any type, take a 400 for the
        word that persisted queries are not offered: they would send no more of them.
        """
        return 200 if self.kind == JSON_TYPE else 400


@lru_cache(maxsize=64)  # clients of one kind ask alike; headers are limited, and so is what this keeps
def answer_form(accept: str) -> Form:
    """The form that the caller prefers; `accept` is "" where it does not say. HttpError 406 if it takes none.

    A caller that asks for application/json by name may be one that takes any status but 200 for a broken connection and
    does not read the body (GraphQL over HTTP, section 6.4.1). Server-sent events are for those who name them.
    """
    asked: dict[str, float] = {}
    for item in (accept or "*/*").split(","):
        name, *parameters = (part.strip() for part in item.lower().split(";"))
        asked[name] = weight(parameters)

    def quality(kind: str) -> float:
        ranges = () if kind == EVENTS_TYPE else RANGES
        return next((asked[name] for name in (kind, *ranges) if name in asked), 0.0)

    offered = (RESPONSE_TYPE, JSON_TYPE) if RESPONSE_TYPE in asked else (JSON_TYPE, RESPONSE_TYPE)
    best = max((*offered, EVENTS_TYPE), key=lambda kind: (quality(kind), kind in asked))
    if not quality(best):
        raise HttpError(406, f"Offered are {RESPONSE_TYPE}, {JSON_TYPE} and {EVENTS_TYPE}.")
    return Form(best, 200 if best == JSON_TYPE and best in asked else 400, quality(EVENTS_TYPE) > 0)


def weight(parameters: Iterable[str]) -> float:
    """The q of an Accept item: 1 if it has none, 0 if it has a bad one."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "q":
            try:
                return float(value) if 0 <= float(value) <= 1 else 0.0
            except ValueError:
                return 0.0
    return 1.0
