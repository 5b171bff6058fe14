"""Fetches and posts what is no upstream's operation: the keys of whoever issues tokens, traces."""

import asyncio

import httpx

from facade.traces.exporter import Reply
from facade.upstreams.connection import Answer
from facade.upstreams.meaning import retry_after
from facade.upstreams.resource import Pairs, Resource
from facade.upstreams.sender import sender

TIMEOUT = 5.0  # seconds
PROTOBUF = (("content-type", "application/x-protobuf"), ("user-agent", "facade"))


async def fetched(transport: httpx.AsyncBaseTransport, url: str) -> bytes:
    """The body of a successful answer. ConnectionError, in words of ours, if there is none."""
    answer = await answered(transport, Resource("GET", url), url, (), None)
    if answer.status != 200:  # noqa: PLR2004 - OK of RFC 9110; redirects are not followed
        raise ConnectionError(f"{url} answers with HTTP status {answer.status}")
    return answer.body


async def posted(transport: httpx.AsyncBaseTransport, url: str, headers: Pairs, body: bytes) -> Reply:
    """What protobuf is answered with. ConnectionError, in words of ours, if there is no answer."""
    answer = await answered(transport, Resource("POST", url, PROTOBUF), url, headers, body)
    told = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
    return Reply(answer.status, retry_after(told), answer.body)


async def answered(
    transport: httpx.AsyncBaseTransport, resource: Resource, url: str, headers: Pairs, body: bytes | None
) -> Answer:
    """An answer. ConnectionError if there is none."""
    try:
        async with asyncio.timeout(TIMEOUT):
            return await sender(transport).send(resource, "", headers, body)
    except (TimeoutError, httpx.HTTPError) as error:
        raise ConnectionError(f"{url} does not answer ({type(error).__name__})") from None
