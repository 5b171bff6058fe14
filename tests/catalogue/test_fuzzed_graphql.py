"""Requests to /graphql that nobody would send: no server error, no defect, an answer in time; the next is served."""

import json
import socket
from collections.abc import Iterator

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.catalogue.fuzzed import DEFECTS, MADE_UP, Served, serving
from tests.support import basic

TIME = 30.0  # seconds: more is a hang
GOOD = {"query": "{ publishHealth { message } }"}
TEXTS = st.text(max_size=20) | st.sampled_from(("query", "variables", "{", "a", "\x00", "\ud800", "users", "mail"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)
PIECES: tuple[str, ...] = (
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "...",
    "on",
    "fragment",
    "query",
    "mutation",
    "subscription",
    "$",
    "@skip",
    "!",
)
PIECES += (
    "users",
    "user",
    "mail",
    "nodes",
    "publishHealth",
    "message",
    "__typename",
    '"',
    '"""',
    "1e400",
    "-0",
    ":",
    "#",
)
DOCUMENTS = st.lists(st.sampled_from(PIECES) | TEXTS, max_size=30).map(" ".join)
REQUESTS = st.fixed_dictionaries(
    {"query": DOCUMENTS | JSON},
    optional={
        "variables": JSON,
        "operationName": JSON,
        "extensions": JSON | st.fixed_dictionaries({"persistedQuery": JSON}),
    },
)
BODIES = (
    st.binary(max_size=200)
    | st.builds(lambda value: json.dumps(value).encode(), JSON | REQUESTS)
    | st.builds(lambda value, cut: json.dumps(value).encode()[:cut], REQUESTS, st.integers(0, 60))
)
VISIBLE = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\x00"), max_size=40)
WORDS = (
    "application/json",
    "*/*",
    "gzip",
    "text/event-stream",
    "Basic",
    "Bearer x",
    "charset=utf-8",
    ";",
    ",",
    "q=0",
    "=",
)
VALUES = VISIBLE | st.lists(st.sampled_from(WORDS), max_size=5).map("".join) | st.sampled_from(list(basic().values()))
NAMES: tuple[str, ...] = (
    "accept",
    "content-type",
    "content-encoding",
    "authorization",
    "cookie",
    "x-request-id",
    "x-request-timeout",
)
NAMES += ("x-bpm-authorization", "x-iem-authorization", "accept-encoding", "origin", "host", "expect", "te", "upgrade")
HEADERS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as started:
        yield started


class Answer:
    """An answer as it comes; what httptools calls."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.complete = False
        self._parser = httptools.HttpResponseParser(self)

    def read(self, connection: socket.socket) -> None:
        """Reads it to its end."""
        while not self.complete:
            data = connection.recv(65536)
            assert data, "the connection ended before the answer"
            self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode().lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.complete = self.status >= 200


def ask(served: Served, body: bytes, headers: list[tuple[str, str]], verb: str = "POST") -> Answer:
    """The answer to a request, sent as it is over a connection of its own."""
    host, _, port = served.graphql.removeprefix("http://").removesuffix("/graphql").rpartition(":")
    names = {name for name, _ in headers}
    usual = {"host": f"{host}:{port}", "content-type": "application/json", "accept": "application/json"}
    sent = [*((name, value) for name, value in usual.items() if name not in names), *headers]
    lines = [f"{verb} /graphql HTTP/1.1", *(f"{name}: {value}" for name, value in sent), f"content-length: {len(body)}"]
    answer = Answer()
    with socket.create_connection((host, int(port)), TIME) as connection:
        connection.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        answer.read(connection)
    return answer


def judge(answer: Answer) -> None:
    """Fails if the answer tells of a defect, or has another form than answers have."""
    assert 200 <= answer.status < 500, (answer.status, answer.body)
    if (
        answer.headers.get("content-type", "").split(";")[0] == "application/json"
        and "content-encoding" not in answer.headers
    ):
        document = json.loads(answer.body)
        assert document.keys() <= {"data", "errors"}
        assert {each["extensions"]["code"] for each in document.get("errors", [])} & DEFECTS == set(), document


@pytest.mark.case("G06", "G07")
@MADE_UP
@given(body=BODIES)
@example(body=b"\xef\xbb\xbf{}")
@example(body=b'{"query": "{__typename}", "variables": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}")
def test_any_body_is_answered(served: Served, body: bytes) -> None:
    judge(ask(served, body, []))
    assert ask(served, json.dumps(GOOD).encode(), []).status == 200


@pytest.mark.case("G08")
@MADE_UP
@given(headers=HEADERS, verb=st.sampled_from(("POST", "POST", "POST", "GET", "PUT", "OPTIONS", "DELETE")))
def test_any_headers_are_answered(served: Served, headers: list[tuple[str, str]], verb: str) -> None:
    judge(ask(served, json.dumps(GOOD).encode(), headers, verb))
    assert ask(served, json.dumps(GOOD).encode(), []).status == 200
