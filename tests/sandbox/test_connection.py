"""What a server may do that neither uvicorn nor httpx's transport do."""

from starlette.types import Message, Receive, Scope

from facade.sandbox import create_app
from facade.sandbox.connection import Connection
from tests.sandbox.client import Client

PART: Message = {"type": "http.request", "body": b"a", "more_body": True}
LAST: Message = {"type": "http.request", "body": b"b"}
GONE: Message = {"type": "http.disconnect"}
SCOPE: Scope = {
    "type": "http",
    "method": "POST",
    "path": "/publish/metrics",
    "query_string": b"",
    "headers": [],
}


def events(*messages: Message) -> Receive:
    left = iter(messages)

    async def receive() -> Message:
        return next(left)

    return receive


async def nothing(_: Message) -> None:
    raise AssertionError("nobody is there to send to")


async def test_a_body_may_come_in_parts() -> None:
    assert await Connection(SCOPE, events(PART, PART, LAST), nothing).body() == b"aab"


async def test_a_client_that_leaves_while_sending_gets_nothing_done() -> None:
    app = create_app()

    await app(SCOPE, events(PART, GONE), nothing)

    (entry,) = await Client(app).log()
    assert (entry["client_gone"], entry["carried_out"], entry["status"]) == (True, False, None)
    assert entry["path"] == "/publish/metrics", "although the server did not say how it came"


async def test_only_a_disconnect_ends_a_wait() -> None:
    assert await Connection(SCOPE, events(LAST, LAST, GONE), nothing).left_within(60)
