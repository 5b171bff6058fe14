"""However many there are who call, and whatever they send, there are no more series than before."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import httpx
import pytest

from facade.admission import Door
from facade.assembly import connected, counting, executing
from facade.bulk.connect import over
from facade.graphql.endpoint import Endpoint
from facade.metrics.metrics import Metrics
from facade.server import running
from tests.catalogue.http import connection
from tests.metrics.reading import Readings, ends, read
from tests.support import settings_for
from tests.transports import Answering

pytestmark = pytest.mark.anyio

CALLERS = 50_000
UNKNOWN = 5_000
CANARY = "canary"
PUBLISH = "mutation($event: EventInput!) { publishEvent(event: $event) { message } }"
NEVER = asyncio.Event()


def api(request: httpx.Request) -> httpx.Response:
    """An API that lets everybody in."""
    if request.url.path.endswith("/token"):
        return httpx.Response(200, json={"data": {"access_token": "t"}})
    return httpx.Response(200, json={"message": "API is running"})


def counted() -> tuple[Metrics, Endpoint]:
    """The GraphQL face without a server before it, and what it counts."""
    settings, door = settings_for("http://upstream.invalid"), Door(10)
    metrics = counting(settings, None)
    assert metrics is not None
    upstreams = connected(settings, Answering(api), metrics.meters)
    bulk = over(upstreams, door, places=1, item_time=1.0, meters=metrics.meters)
    executor = executing(settings, upstreams, bulk)
    return metrics, Endpoint(executor, door, max_body=10_000, finished=metrics.meters.finished("graphql"))


async def ask(endpoint: Endpoint, body: bytes, **headers: str) -> bytes:
    """The body of the answer."""
    sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json"), *sent]}
    messages: list[Any] = [{"type": "http.request", "body": body}]
    answer: list[bytes] = []

    async def receive() -> Any:
        return messages.pop() if messages else await NEVER.wait()

    async def send(message: Any) -> None:
        answer.append(message.get("body", b""))

    await endpoint(scope, receive, send)
    return b"".join(answer)


def basic(number: int) -> str:
    """Credentials of somebody else each time."""
    return "Basic " + b64encode(f"{CANARY}-{number}@example.com:p{number}".encode()).decode()


async def test_fifty_thousand_callers_make_no_series() -> None:
    metrics, endpoint = counted()
    health = json.dumps({"query": "{ publishHealth { message } }"}).encode()

    async def call(number: int) -> None:
        body = health
        if number % 10 == 0:
            body = json.dumps({"query": PUBLISH, "variables": {"event": {"entity": f"{CANARY}{number}"}}}).encode()
        answer = await ask(endpoint, body, authorization=basic(number), x_request_id=f"{CANARY}-{number}")
        assert b"API is running" in answer

    for number in range(100):
        await call(number)
    before = Readings(metrics.families())
    for number in range(100, CALLERS):
        await call(number)
    after = Readings(metrics.families())
    assert after.values.keys() == before.values.keys()
    assert after.sum("facade_requests_total") == CALLERS
    assert after.sum("facade_logins_total", outcome="ok") == CALLERS / 10
    assert CANARY not in (await metrics.page()).decode()


def documents(number: int) -> Iterator[dict[str, Any]]:
    """Documents of which each is another's, wrong and right ones."""
    yield {"query": f"{{ {CANARY}{number} }}"}
    yield {"query": f"query {CANARY}{number} {{ {CANARY}{number}: publishHealth {{ message }} }}"}
    yield {"query": f"{{ a: publishHealth {{ message }} }} # {CANARY}{number}", "operationName": f"{CANARY}{number}"}
    yield {"query": None, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": f"{number:064x}"}}}


async def test_unknown_documents_make_no_series() -> None:
    metrics, endpoint = counted()
    for document in documents(0):
        await ask(endpoint, json.dumps(document).encode())
    before = Readings(metrics.families())
    for number in range(1, UNKNOWN // 4 + 1):
        for document in documents(number):
            assert await ask(endpoint, json.dumps(document).encode())
    after = Readings(metrics.families())
    assert after.values.keys() == before.values.keys()
    assert after.sum("facade_requests_total") == UNKNOWN + 4
    assert CANARY not in (await metrics.page()).decode()


async def bunches(call: Callable[[int], Any]) -> None:
    """Calls so many times, some at once."""
    for begin in range(0, UNKNOWN, 100):
        await asyncio.gather(*(call(number) for number in range(begin, begin + 100)))


async def test_unknown_methods_and_paths_make_no_series() -> None:
    settings = settings_for("http://upstream.invalid")
    async with (
        running(settings, Answering(api)) as facade,
        grpc.aio.insecure_channel(facade.grpc) as channel,
        connection(facade) as http,
    ):

        async def call(number: int) -> None:
            service = ("PublishService", f"{CANARY}{number}")[number % 2]
            method = channel.unary_unary(f"/facade.v1.{service}/{CANARY}{number}", bytes, bytes)
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await method(b"", metadata=(("x-request-id", f"{CANARY}{number}"),))
            assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED

        await call(-1)
        before = read(facade)
        await bunches(call)
        assert ends(facade) == {("grpc", "none", "UNIMPLEMENTED", ""): UNKNOWN + 1}
        for number in range(UNKNOWN):
            http.send(f"GET /{CANARY}/{number}?{CANARY}={number} HTTP/1.1\r\nhost: {CANARY}{number}\r\n\r\n".encode())
            assert (await http.answer())[0] == 404
        after = read(facade)
        assert facade.metrics is not None
        assert CANARY not in (await facade.metrics.page()).decode()
    assert after.values.keys() == before.values.keys()
