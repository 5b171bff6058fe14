"""Writes docs/errors.md, which is made of the code's tables: `python -m tests.readme.errors`."""

from collections.abc import Iterable
from http import HTTPStatus
from itertools import chain
from pathlib import Path
from typing import Any

import httpx

from facade.errors import Code, FacadeError, Reason
from facade.graphql.errors import HTTP_STATUS, REASON_STATUS
from facade.meanings import MEANINGS
from facade.rpc.errors import STATUS
from facade.upstreams import iem, provisioning, token
from facade.upstreams.meaning import BY_STATUS, IN_DOUBT, MALFORMED, by_status
from facade.upstreams.operation import Meaning, Operation
from facade.upstreams.unanswered import without_answer
from tests.readme.document import ROOT

FILE = ROOT / "docs" / "errors.md"
# Words of a reason's meaning that lead somewhere.
LINKS = {
    Reason.QUERY_TOO_LARGE: ("limits", "limits.md#limits"),
    Reason.QUERY_NOT_TRUSTED: ("trusted documents", "graphql.md#trusted-documents"),
    Reason.PERSISTED_QUERY_NOT_FOUND: ("persisted query", "graphql.md#send-a-querys-hash-instead-of-its-text"),
    Reason.CALLER_NOT_AUTHENTICATED: ("its callers", "credentials.md#service-credentials"),
    Reason.RATE_LIMITED: ("caller may", "limits.md#limits"),
    Reason.UPSTREAM_UNREACHABLE: ("again and again", "limits.md#overload-and-broken-upstreams"),
    Reason.UPSTREAM_OVERLOADED: ("calls as it may", "limits.md#overload-and-broken-upstreams"),
}
# Operations with statuses of their own, as their APIs have them, by what callers know them as.
OWN: dict[str, Operation[Any]] = {
    "the token API": token.GENERATE,
    "BPM, list of users": provisioning.LIST,
    "BPM, one user": provisioning.GET,
    "BPM, add a user": provisioning.CREATE,
    "BPM, delete a user": provisioning.DELETE,
}
# What stands for all statuses that are in no table.
OTHERS = {"other 4xx": 418, "500 and other 5xx": 500, "1xx, 3xx": 302}

# How a call ends that has no answer.
SILENCES = {
    "nothing was sent: no address, no connection, no TLS": httpx.ConnectError(""),
    "nothing was sent: the process had no connection left": httpx.PoolTimeout(""),
    "the connection was lost after that": httpx.ReadError(""),
    "the time ran out": httpx.ReadTimeout(""),
}
TEMPLATE = Path(__file__).with_name("errors.template.md")


def text() -> str:
    """The document."""
    return TEMPLATE.read_text(encoding="utf-8").format(
        reasons=table(("reason", "code", "what it means", "repeat?"), map(reason, MEANINGS)),
        codes=lines(code(each) for each in Code),
        statuses=lines(statuses()),
        sentences=lines((f"`{said}`", *ticked(meaning)) for said, meaning in iem.SENTENCES.items()),
        own=lines(own()),
        answers=lines(answers()),
        silences=lines(silences()),
    )


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    return f"{lines([head])}\n|{'---|' * len(head)}\n{lines(rows)}"


def lines(rows: Iterable[tuple[str, ...]]) -> str:
    """The rows of a table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def reason(which: Reason) -> tuple[str, ...]:
    """What it means."""
    known = MEANINGS[which]
    word, target = LINKS.get(which, ("", ""))
    assert word in known.text, f"{which} does not say {word!r} any more"
    told = known.text.replace(word, f"[{word}]({target})", 1) if word else known.text
    return f"`{which}`", ", ".join(f"`{each}`" for each in known.codes), told, known.repeat


def code(which: Code) -> tuple[str, ...]:
    """Its number, and the reasons that come with it."""
    reasons = ", ".join(f"`{each}`" for each, known in MEANINGS.items() if which in known.codes)
    return f"`{which}`", str(STATUS[which].value[0]), reasons


def statuses() -> Iterable[tuple[str, ...]]:
    """Of requests of which nothing was executed."""
    known = chain(HTTP_STATUS.items(), REASON_STATUS.items())
    return ((f"`{name}`", f"{status} {HTTPStatus(status).phrase}") for name, status in known)


def own() -> Iterable[tuple[str, ...]]:
    """The statuses of operations that have some of their own."""
    return (
        (place, str(status), *ticked(meaning))
        for place, operation in OWN.items()
        for status, meaning in operation.statuses.items()
    )


def answers() -> Iterable[tuple[str, ...]]:
    """What a status means to a read, and to a write."""
    named = {str(status): status for status in sorted({*BY_STATUS, *IN_DOUBT})}
    for name, status in chain(named.items(), OTHERS.items()):
        yield name, *(" ".join(ticked(told(status, safe=safe))) for safe in (True, False))


def told(status: int, *, safe: bool) -> Meaning:
    """What is told of a status where no API says more."""
    error: FacadeError = by_status(status, {}, "", safe=safe)
    return error.code, error.reason


def silences() -> Iterable[tuple[str, ...]]:
    """What is told where there is no answer, or none that can be read."""
    for what, error in SILENCES.items():
        found = [without_answer(error, "", safe=safe) for safe in (True, False)]
        yield what, *(" ".join(ticked((each.code, each.reason))) for each in found)
    yield "2xx, but not what the contract says, or too large", *[" ".join(ticked(MALFORMED))] * 2


def ticked(meaning: Meaning) -> tuple[str, str]:
    """Code and reason, as they are written."""
    return f"`{meaning[0]}`", f"`{meaning[1]}`"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
