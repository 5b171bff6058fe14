"""The seam between the adapter and the network: our own transport, or any of httpx's, as in tests."""

from typing import Protocol

import httpx

from facade.upstreams.connection import Answer
from facade.upstreams.pool import Origin
from facade.upstreams.resource import Pairs, Resource
from facade.upstreams.transport import Transport


class Sender(Protocol):
    """Sends calls."""

    async def send(self, resource: Resource, rest: str, headers: Pairs, content: bytes | None) -> Answer:
        """The answer, read to its end and decoded. Raises httpx.HTTPError."""

    async def reach(self, to: Origin) -> None:
        """Returns if there is somebody to send to. Raises httpx.HTTPError."""


class Direct:
    """Sends with our transport, which takes bytes: httpx's objects would cost as much as the sending."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, resource: Resource, rest: str, headers: Pairs, content: bytes | None) -> Answer:
        """See Sender."""
        return await self._transport.exchange(resource.origin, resource.written(rest, headers, content))

    async def reach(self, to: Origin) -> None:
        """See Sender."""
        await self._transport.reach(to)


class Through:
    """Sends with a transport of httpx."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def send(self, resource: Resource, rest: str, headers: Pairs, content: bytes | None) -> Answer:
        """See Sender. The body is taken as it comes: httpx's own reading would look for more to decode."""
        response = await self._transport.handle_async_request(resource.request(rest, headers, content))
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - an asynchronous transport gives no other
        body = b"".join([part async for part in response.stream])
        fields = [(name.lower(), value) for name, value in response.headers.raw]
        return Answer(response.status_code, fields, body)

    async def reach(self, to: Origin) -> None:
        """See Sender. It cannot be known but by a request."""


def sender(transport: httpx.AsyncBaseTransport) -> Sender:
    """What sends calls over `transport`."""
    return Direct(transport) if isinstance(transport, Transport) else Through(transport)
