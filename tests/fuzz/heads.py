"""What is refused without the parser of HTTP, which must read it alike: else a request could hide another."""

import httptools

from facade.refusing import TOLD, whole

NEXT = b"GET /next HTTP/1.1\r\nhost: x\r\n\r\n"


class Heard:
    """What the parser says of a connection's bytes."""

    def __init__(self) -> None:
        self.urls: list[bytes] = []
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = 0

    def on_url(self, url: bytes) -> None:
        self.urls.append(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_message_complete(self) -> None:
        self.complete += 1


def whole_request(data: bytes) -> bool:
    """All that a client sends at a time, while the facade is congested."""
    found = whole(data)
    if found is None:
        return False
    heard = Heard()
    parser = httptools.HttpRequestParser(heard)
    parser.feed_data(data)
    assert (heard.urls, heard.complete, parser.get_method()) == ([b"/graphql"], 1, b"POST")
    assert parser.should_keep_alive()
    assert not parser.should_upgrade()
    told = [(name, value.rstrip(b" \t")) for name, value in heard.headers if name in TOLD]
    assert told == [(name, value.rstrip(b" \t")) for name, value in found]
    parser.feed_data(NEXT)
    assert heard.urls == [b"/graphql", b"/next"], "the next request begins where this one ends"
    return True
