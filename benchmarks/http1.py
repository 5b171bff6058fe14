"""The load's side of HTTP/1.1: one request at a time on a connection that is kept open."""

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


def post(path: str, authorization: str, body: bytes) -> bytes:
    """A POST of JSON, whole."""
    return request("POST", path, authorization, body)


def request(method: str, path: str, authorization: str, body: bytes, *, more: str = "") -> bytes:
    """A request of JSON, whole. `more` are further lines of its head."""
    head = (
        f"{method} {path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\ncontent-type: application/json\r\n"
        f"authorization: {authorization}\r\n{more}content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Http1:
    """A connection's bytes: what to send, and what has come. Knows nothing of sockets."""

    opening = b""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def request(self, whole: bytes) -> bytes:
        """What sends a request."""
        return whole

    def received(self, data: bytes) -> tuple[bytes, bytes | None]:
        """Nothing to send back, and the body of the answer if it is complete, with b"" in place of an error's."""
        self._buffer += data
        end = self._buffer.find(END_OF_HEAD)
        if end < 0:
            return b"", None
        head = bytes(self._buffer[:end]).lower()
        place = head.find(LENGTH)
        if place < 0:
            return self._chunked(head, end + len(END_OF_HEAD))
        length = int(head[place + len(LENGTH) :].partition(b"\r\n")[0])
        begin = end + len(END_OF_HEAD)
        if len(self._buffer) < begin + length:
            return b"", None
        return b"", self._taken(head, bytes(self._buffer[begin : begin + length]))

    def _chunked(self, head: bytes, place: int) -> tuple[bytes, bytes | None]:
        body = bytearray()
        while (line := self._buffer.find(b"\r\n", place)) >= 0:
            size = int(bytes(self._buffer[place:line]), 16)
            begin = line + 2
            if len(self._buffer) < begin + size + 2:
                break
            if size == 0:
                return b"", self._taken(head, bytes(body))
            body += self._buffer[begin : begin + size]
            place = begin + size + 2
        return b"", None

    def _taken(self, head: bytes, body: bytes) -> bytes:
        self._buffer.clear()
        return body if head.startswith(b"http/1.1 200") else b""
