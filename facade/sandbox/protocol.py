"""HTTP over TCP, with a connection the application can cut."""

import asyncio
import socket
import struct
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http import httptools_impl
from uvicorn.server import ServerState

# uvicorn sends 100 to 599 only; a fault may ask for any three digits, and a client must survive it.
for _status in range(600, 1000):
    httptools_impl.STATUS_LINE.setdefault(_status, b"HTTP/1.1 %d \r\n" % _status)

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
"""SO_LINGER on, for 0 seconds."""


class Protocol(httptools_impl.HttpToolsProtocol):
    """uvicorn's, which also tells the application how to cut the connection, and of the others."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # Here, because uvicorn's own setting would silence every other server in the process.
        self.access_log = False

    def on_message_begin(self) -> None:
        """Put `sandbox.abort` and `sandbox.connections` into the scope's extensions."""
        super().on_message_begin()
        extensions = {"sandbox.abort": self.abort, "sandbox.connections": self.connections}
        # uvicorn's type allows dictionaries only; ASGI leaves it to whoever defines the extension.
        self.scope["extensions"] = cast("dict[str, dict[object, object]]", extensions)

    def abort(self, reset: bool) -> None:
        """Cut the connection: by a TCP reset, or after what is written has been sent."""
        if not reset:
            self.transport.close()
            return
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()
