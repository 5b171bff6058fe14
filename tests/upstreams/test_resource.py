"""Requests as bytes: whom they are for, and that nothing in them can be taken for more than it is."""

import httpx
import pytest

from facade.upstreams.resource import Resource, origin
from facade.upstreams.transport import written


@pytest.mark.parametrize(
    ("url", "host", "expected"),
    [
        ("http://a.example", b"a.example", (b"http", b"a.example", 80)),
        ("https://a.example", b"a.example", (b"https", b"a.example", 443)),
        ("https://a.example:443", b"a.example", (b"https", b"a.example", 443)),
        ("https://a.example:80", b"a.example:80", (b"https", b"a.example", 80)),
        ("http://A.Example:8080", b"a.example:8080", (b"http", b"a.example", 8080)),
        ("http://[::1]", b"[::1]", (b"http", b"::1", 80)),
        ("https://[2001:db8::1]:8443", b"[2001:db8::1]:8443", (b"https", b"2001:db8::1", 8443)),
        ("https://b\u00fccher.example", b"xn--bcher-kva.example", (b"https", b"xn--bcher-kva.example", 443)),
    ],
)
def test_whom_a_request_is_for(url: str, host: bytes, expected: tuple[bytes, bytes, int]) -> None:
    resource = Resource("GET", f"{url}/a")

    assert resource.origin == origin(httpx.URL(url)) == expected
    assert resource.written("?b=c", [], None).startswith(b"GET /a?b=c HTTP/1.1\r\nhost: " + host + b"\r\n")


BROKEN = ["a\r\nx-evil: 1", "a\nb", "a\rb", "\r\n\r\nGET / HTTP/1.1", "a\0b"]


@pytest.mark.case("B07")
@pytest.mark.parametrize("text", BROKEN, ids=repr)
@pytest.mark.parametrize("place", ["name", "value"])
def test_a_header_that_could_be_taken_for_more_is_refused(place: str, text: str) -> None:
    headers = [("x-a", "1"), (text, "1") if place == "name" else ("x-b", text)]

    with pytest.raises(httpx.LocalProtocolError):
        Resource("POST", "http://a.example/").written("", headers, b"{}")
    with pytest.raises(httpx.LocalProtocolError):
        written(httpx.Request("POST", "http://a.example/", headers=headers, content=b"{}"))


def test_so_is_a_method() -> None:
    with pytest.raises(httpx.LocalProtocolError):
        written(httpx.Request("GET / HTTP/1.1\r\nx-evil: 1\r\n\r\nGET", "http://a.example/"))


@pytest.mark.parametrize(
    "rest", ["/a b", "/a HTTP/1.1\r\nx-evil: 1", "/a\n", "/a\t", "/a\0", "/\u00fc", "?a=\u2028"], ids=repr
)
def test_a_path_that_is_not_encoded_is_refused(rest: str) -> None:
    with pytest.raises(httpx.LocalProtocolError):
        Resource("GET", "http://a.example").written(rest, [], None)


@pytest.mark.parametrize("content", [None, b"", b"{}"], ids=repr)
@pytest.mark.parametrize("method", ["GET", "DELETE", "POST", "PUT"])
def test_both_ways_to_send_say_the_same(method: str, content: bytes | None) -> None:
    resource = Resource(method, "https://a.example:8443/base")
    request = resource.request("/a%2Fb?c=%26", [("x-a", "1")], content)

    assert written(request).lower() == resource.written("/a%2Fb?c=%26", [("x-a", "1")], content).lower()
