"""What goes over the wire: addresses as one segment each, and exactly the headers that belong there."""

from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.caller import Basic, Credentials, Token
from facade.errors import Code, FacadeError, Reason
from facade.upstreams.rest import Rest
from facade.upstreams.segments import segment
from facade.upstreams.transport import Transport
from tests.upstreams.answers import CALLS
from tests.upstreams.doubles import BASIC, READ, TOKEN, WRITE, Recorder, answer, caller, connected
from tests.upstreams.wire import always, serving
from tests.upstreams.wire import answer as on_the_wire

ODD = {
    "a slash": ("a/b@example.com", "a%2Fb%40example.com"),
    "a way up": ("../admin", "..%2Fadmin"),
    "an encoded way up": ("%2e%2e", "%252e%252e"),
    "an encoded slash": ("a%2fb", "a%252fb"),
    "three dots": ("...", "..."),
    "a query": ("a?b=c&d", "a%3Fb%3Dc%26d"),
    "a fragment": ("a#b", "a%23b"),
    "a parameter": ("a;b=c", "a%3Bb%3Dc"),
    "a plus": ("a+b", "a%2Bb"),
    "a space": ("a b", "a%20b"),
    "a backslash": ("..\\b", "..%5Cb"),
    "a colon": ("http://evil.test", "http%3A%2F%2Fevil.test"),
    "umlauts": ("jürgen@bücher.de", "j%C3%BCrgen%40b%C3%BCcher.de"),
    "beyond the basic plane": ("𝄞@x", "%F0%9D%84%9E%40x"),
    "the longest": ("a" * 254, "a" * 254),
}


@pytest.mark.parametrize(("value", "encoded"), ODD.values(), ids=ODD.keys())
async def test_an_address_arrives_as_one_encoded_segment(value: str, encoded: str) -> None:
    async with serving(always(on_the_wire())) as server, Transport(max_answer=1000) as transport:
        await Rest("bpm", f"{server.url}/base", transport).call(READ, caller(), rest="/" + segment(value, "mail"))

    assert server.requests[0].split(b"\r\n")[0] == f"GET /base/read/{encoded} HTTP/1.1".encode()


REFUSED = {
    "nothing": "",
    "a dot": ".",
    "two dots": "..",
    "too long": "a" * 255,
    "NUL": "a\x00b",
    "a line feed": "a\nb",
    "a header": "a\r\nHost: b",
    "DEL": "a\x7fb",
    "a line separator": "a\u2028b",
    "a change of direction": "a\u202eb",
    "half a pair": "\ud800",
    "the other half": "\udfff@x",
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_an_address_is_an_invalid_argument(value: str) -> None:
    with pytest.raises(FacadeError) as caught:
        segment(value, "user.mail")

    assert (caught.value.code, caught.value.reason) == (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
    assert [each.field for each in caught.value.violations] == ["user.mail"]


def encoded_or_refused(value: str) -> str | FacadeError:
    try:
        return segment(value, "mail")
    except FacadeError as error:
        return error


@pytest.mark.case("B08")
@given(st.text(st.characters(exclude_categories=[]), max_size=300))
def test_any_text_is_refused_or_is_one_segment_that_means_the_same(value: str) -> None:
    encoded = encoded_or_refused(value)
    if isinstance(encoded, FacadeError):
        assert encoded.code is Code.INVALID_ARGUMENT
        return
    url = httpx.URL(f"http://bpm.test/base/users.json/{encoded}")
    assert unquote(encoded) == value
    assert url.raw_path == f"/base/users.json/{encoded}".encode()
    assert (url.query, url.fragment, url.host) == (b"", "", "bpm.test")


COMMON = {
    "accept": "application/json",
    "accept-encoding": "gzip",
    "content-type": "application/json",
    "user-agent": "facade",
    "x-request-id": "r-1",
}


def credentials_of(request: httpx.Request) -> dict[str, str]:
    """The headers that are not the same for every request; none is there twice."""
    pairs = request.headers.multi_items()
    assert len(pairs) == len(dict(pairs))
    framing = ("host", "content-length")
    rest = {name: value for name, value in pairs if name not in framing}
    assert COMMON.items() <= rest.items()
    return dict(rest.items() - COMMON.items())


OTHER = Basic("Basic b3RoZXI6b3RoZXI=")
COOKIE = {"cookie": "access_token=t0ken"}
LOGIN = {"authorization": "Basic YXBpQGV4YW1wbGUuY29tOnNhbmRib3g="}
SENT = [
    *((name, TOKEN, OTHER, COOKIE) for name in CALLS if name.startswith("Publish")),
    ("UpdateTicket", TOKEN, OTHER, COOKIE),
    ("UpdateTicket", BASIC, OTHER, LOGIN),
    ("GenerateToken", OTHER, OTHER, LOGIN),
    ("CheckHealth", TOKEN, BASIC, {}),
    *((name, TOKEN, BASIC, LOGIN) for name in ("ListUsers", "GetUser", "CreateUser", "DeleteUser")),
]


def shown(value: object) -> str:
    return value if isinstance(value, str) else type(value).__name__


@pytest.mark.parametrize(("name", "iem", "bpm", "sent"), SENT, ids=shown)
async def test_the_upstream_gets_its_credentials_and_no_others(
    name: str, iem: Credentials, bpm: Credentials, sent: dict[str, str]
) -> None:
    recorder = Recorder(answer(500))

    with pytest.raises(FacadeError):
        await CALLS[name].make(connected(recorder), caller(iem, bpm))

    assert credentials_of(recorder.only) == sent


async def test_the_request_id_and_the_body_reach_the_upstream_as_they_are() -> None:
    recorder = Recorder(answer(200, {}))
    odd = "!~" + "x" * 126

    await Rest("bpm", "http://bpm.test", recorder).call(
        WRITE, caller(request_id=odd), content='{"a": 1, "ü":2} '.encode()
    )

    assert recorder.only.headers["x-request-id"] == odd
    assert recorder.only.content == '{"a": 1, "ü":2} '.encode()


@pytest.mark.case("A02")
async def test_a_cookie_that_an_upstream_sets_is_in_no_later_request() -> None:
    recorder = Recorder(answer(200, {"message": "Success"}, {"set-cookie": "access_token=stolen; Path=/"}))
    upstreams = connected(recorder)

    for token in ("first", "second"):
        await CALLS["UpdateTicket"].make(upstreams, caller(iem=Token(token)))
        await CALLS["CheckHealth"].make(upstreams, caller())

    cookies = [each.headers.get("cookie") for each in recorder.requests]
    assert cookies == ["access_token=first", None, "access_token=second", None]
