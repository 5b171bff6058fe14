"""WebSocket connections that take a bounded number of frames, where uvicorn's take any, and that end.

A frame can be empty: neither the size of a message nor that of the answers bounds how many there are. And a client that
reads nothing keeps a connection that is only closed: what is left for it waits to be sent.
"""

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from facade.patience import UNREAD

MOST_FRAMES = 10_000  # of one message; its parts are kept until it is complete
MOST_PONGS = 1000  # that wait until a client reads


class Framed(WebSocketsSansIOProtocol):
    """A connection that is closed where there are too many, and cut off where it does not close."""

    _pongs = 0  # since the client took what was sent, at least

    def handle_cont(self, event: Frame) -> None:
        """Adds to a message."""
        if self.close_sent:
            return
        if len(self.frames) < MOST_FRAMES:
            super().handle_cont(event)
            return
        self.frames = []
        self.conn.fail(CloseCode.MESSAGE_TOO_BIG, "too many frames")
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()

    def handle_ping(self) -> None:
        """Answers; who asks again and again and does not read is cut off."""
        self._pongs = 0 if self.writable.is_set() else self._pongs + 1
        if self._pongs > MOST_PONGS:
            self.transport.abort()
        else:
            super().handle_ping()

    def keepalive_timeout(self) -> None:
        """Takes the client for gone; for its operations too, which wait until it reads."""
        super().keepalive_timeout()
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        """Ends it: uvicorn has said goodbye, and waits for an answer as long as there is room to ask for one."""
        super().on_task_complete(task)
        if not self.disconnected:
            self.loop.call_later(UNREAD, self.transport.abort)
