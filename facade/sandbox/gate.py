"""The ASGI application upstream requests go through: log, fault, endpoint, answer."""

from functools import partial

from starlette.types import Receive, Scope, Send

from facade.sandbox import token
from facade.sandbox.connection import Connection
from facade.sandbox.exchange import Answer, Call
from facade.sandbox.faults import Fault
from facade.sandbox.request_log import Entry, logged_body
from facade.sandbox.state import State
from facade.sandbox.upstreams import respond


class Gate:
    """Answers for the four upstream APIs, whatever the method and path."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        log = self._state.log
        entry = log.begin(scope)
        try:
            await self._serve(entry, scope, Connection(scope, receive, send))
        finally:
            log.finish(entry)

    async def _serve(self, entry: Entry, scope: Scope, connection: Connection) -> None:
        body = await connection.body()
        if body is None:
            entry.client_gone = True
            return
        entry.body = logged_body(body, secret=scope["path"] == token.PATH)
        real = partial(self._carry_out, entry, _call(scope, entry.path, body))
        fault = self._state.faults.meet(entry.method, entry.path, body)
        if fault is None:
            await _answer(entry, connection, real())
        else:
            entry.fault = fault.index
            await _fail(fault, entry, connection, fault.answer(real))

    def _carry_out(self, entry: Entry, call: Call) -> Answer:
        entry.carried_out = True
        return respond(self._state, call)


async def _fail(fault: Fault, entry: Entry, connection: Connection, answer: Answer) -> None:
    if fault.delay and await connection.left_within(fault.delay):
        entry.client_gone = True
    elif fault.drop:
        await connection.cut(reset=True)
    else:
        await _answer(entry, connection, answer, fault.truncate)


async def _answer(entry: Entry, connection: Connection, answer: Answer, truncate: int | None = None) -> None:
    entry.status = answer.status
    await connection.send(answer, truncate)


def _call(scope: Scope, raw_path: str, body: bytes) -> Call:
    return Call(
        method=scope["method"],
        path=scope["path"],
        raw_path=raw_path,
        query=scope["query_string"].decode("latin-1"),
        headers=scope["headers"],
        body=body,
    )
