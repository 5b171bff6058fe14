"""Fetches what is no upstream's operation over the upstreams' transport: the keys of whoever issues tokens."""

import asyncio

import httpx

from facade.upstreams.resource import Resource
from facade.upstreams.sender import sender

TIMEOUT = 5.0  # seconds


async def fetched(transport: httpx.AsyncBaseTransport, url: str) -> bytes:
    """The body of a successful answer. ConnectionError, in words of ours, if there is none."""
    try:
        async with asyncio.timeout(TIMEOUT):
            answer = await sender(transport).send(Resource("GET", url), "", (), None)
    except (TimeoutError, httpx.HTTPError) as error:
        raise ConnectionError(f"{url} does not answer ({type(error).__name__})") from None
    if answer.status != 200:  # noqa: PLR2004 - OK of RFC 9110; redirects are not followed
        raise ConnectionError(f"{url} answers with HTTP status {answer.status}")
    return answer.body
