"""One request's connection: read the request, wait, answer, cut.

Connections are cut through `scope["extensions"]["sandbox.abort"]`, a callable that takes whether
to reset (True) or to send first what is written (False). Where the server gives none,
ConnectionResetError is raised instead, so that a client in the same process sees a failure, too.
"""

import asyncio

from starlette.types import Receive, Scope, Send

from facade.sandbox.exchange import Answer

_WITHOUT_LENGTH = frozenset({204, 304})


class Connection:
    """What ASGI gives for one request."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send

    async def body(self) -> bytes | None:
        """The whole body, None if the client went away first."""
        chunks: list[bytes] = []
        while True:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                return None
            chunks.append(event.get("body", b""))
            if not event.get("more_body"):
                return b"".join(chunks)

    async def left_within(self, seconds: float) -> bool:
        """Wait so long; True, and at once, if the client goes away first."""
        try:
            async with asyncio.timeout(seconds):
                await self._gone()
        except TimeoutError:
            return False
        return True

    async def send(self, answer: Answer, truncate: int | None = None) -> None:
        """Send the answer; of its body only `truncate` bytes, then cut, if that is set."""
        headers = list(answer.headers)
        if answer.body or answer.status not in _WITHOUT_LENGTH:
            headers.append((b"content-length", b"%d" % len(answer.body)))
        start = {"type": "http.response.start", "status": answer.status, "headers": headers}
        await self._send(start)
        # A truncated body promises more, lest the server complain of a wrong length.
        body = {"type": "http.response.body", "body": answer.body[:truncate]}
        await self._send(body | {"more_body": truncate is not None})
        if truncate is not None:
            await self.cut(reset=False)

    async def cut(self, *, reset: bool) -> None:
        """End the connection: by a TCP reset, or after what is written has been sent.

        Raises:
            ConnectionResetError: the server cannot do that.

        """
        abort = self._scope.get("extensions", {}).get("sandbox.abort")
        if abort is None:
            raise ConnectionResetError("connection cut by a fault of the sandbox")
        abort(reset)
        # Until the server knows, it would complain of a request without an answer.
        await self._gone()

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass  # the body has been read: nothing else matters
