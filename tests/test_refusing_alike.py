"""A request that is answered without the parser is one that the parser would read alike."""

import httptools
import orjson
import pytest

from facade.refusing import whole
from tests.test_refusing import BODY, HEAD, ONE, refusing, with_header


class Read:
    """What the parser makes of a request."""

    def __init__(self, data: bytes) -> None:
        self.complete = 0
        self.headers: list[tuple[bytes, bytes]] = []
        httptools.HttpRequestParser(self).feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_message_complete(self) -> None:
        self.complete += 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(
            b"POST /graphql HTTP/1.1\r\ncontent-length: 000000000041\r\n\r\n",
            id="a length of which the last digits count",
        ),
        pytest.param(with_header(b"Transfer-Encoding\x0b: chunked"), id="a name that some would read as another"),
        pytest.param(with_header(b" Transfer-Encoding: chunked"), id="a folded header"),
        pytest.param(HEAD.replace(b"\r\n", b"\r\n\tfolded\r\n", 1) + b"\r\n\r\n" + BODY, id="a fold after the line"),
        pytest.param(with_header(b"no colon"), id="a line without a colon"),
        pytest.param(with_header(b": no name"), id="a header without a name"),
        pytest.param(with_header(b"a b: c"), id="a name of two words"),
        pytest.param(with_header(b"a: \x01"), id="a control character"),
        pytest.param(with_header(b"a: \x7f"), id="another"),
    ],
)
def test_what_the_parser_reads_otherwise_is_left_to_it(data: bytes) -> None:
    try:
        read = Read(data)
    except httptools.HttpParserError:
        read = None
    assert read is None or read.complete != 1
    assert whole(data) is None


@pytest.mark.anyio
async def test_the_request_id_does_not_end_the_text_that_it_stands_in() -> None:
    connection, transport = refusing()
    connection.data_received(with_header(b'X-Request-Id: a","b":"\\'))
    head, _, body = transport.parts[0].partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503")
    assert orjson.loads(body)["errors"][0]["extensions"]["requestId"] == 'a","b":"\\'


@pytest.mark.anyio
@pytest.mark.parametrize("data", [ONE, ONE + ONE])  # answered without the parser, and with it
async def test_a_client_that_takes_no_answers_is_read_no_further(data: bytes) -> None:
    connection, transport = refusing()
    connection.data_received(ONE)
    connection.pause_writing()  # as the loop says when its buffer is full
    for _ in range(100):
        connection.data_received(data)
    assert len(transport.parts) == 2
    assert b"connection: close\r\n" in transport.parts[-1]
    assert transport.closed
