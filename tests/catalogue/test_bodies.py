"""Answers that say something else than the contract: on both faces one error, of ours, and nothing of theirs."""

import json
from typing import Any

import httpx
import pytest

from facade.errors import Code, Reason
from tests.catalogue import canary
from tests.catalogue.stand import Stand, standing, told, unharmed
from tests.faces.client import Failure
from tests.faces.stack import FACES
from tests.faces.stack import standing as stack_of
from tests.support import set_faults
from tests.upstreams.members import member

MALFORMED = "INTERNAL UPSTREAM_MALFORMED_RESPONSE"
PUBLISH = ("PublishEvent", {"event": {"entity": "written"}})
GET = ("GetUser", {"mail": "api@example.com"})
LIST: tuple[str, dict[str, Any]] = ("ListUsers", {})
LOGIN = ("GenerateToken", {"email": canary.EMAIL, "password": canary.PASSWORD})
TICKET = ("UpdateTicket", {"update": {"customer_id": "C-100", "sys_id": "s", "state": 4}})
CREATE = ("CreateUser", {"user": {"mail": "new@example.com", "cn": "New", "sn": "User"}})
OPERATIONS = (PUBLISH, GET, LIST, LOGIN, TICKET, CREATE)


async def answered(stand: Stand, name: str, *operations: tuple[str, dict[str, Any]]) -> tuple[dict[str, str], str]:
    """What each operation is told, and all that the client received of it."""
    outcomes, received = {}, ""
    for operation, arguments in operations:
        failure = await stand.failure(name, operation, arguments)
        outcomes[operation] = told(failure)
        received += failure.received
    return outcomes, received


# The statuses of the design's table; a page where JSON is due is no answer, whatever it says.
PAGES = {
    200: {"PublishEvent": MALFORMED, "GetUser": MALFORMED, "ListUsers": MALFORMED, "GenerateToken": MALFORMED},
    404: {
        "PublishEvent": "UNIMPLEMENTED UPSTREAM_MISCONFIGURED",
        "GetUser": "NOT_FOUND USER_NOT_FOUND",
        "ListUsers": "UNIMPLEMENTED UPSTREAM_MISCONFIGURED",
        "GenerateToken": "UNIMPLEMENTED UPSTREAM_MISCONFIGURED",
    },
    500: dict.fromkeys(("PublishEvent", "GetUser", "ListUsers", "GenerateToken"), "UNKNOWN UPSTREAM_ERROR"),
    502: {
        "PublishEvent": "UNKNOWN OUTCOME_UNKNOWN",
        "GetUser": "UNAVAILABLE UPSTREAM_UNREACHABLE",
        "ListUsers": "UNAVAILABLE UPSTREAM_UNREACHABLE",
        "GenerateToken": "UNAVAILABLE UPSTREAM_UNREACHABLE",
    },
}


@pytest.mark.case("D01")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("status", PAGES)
async def test_nothing_of_a_page_comes_through(name: str, status: int, caplog: pytest.LogCaptureFixture) -> None:
    async with standing() as stand, unharmed(stand):
        canary.loud(caplog)
        page = {
            "status": status,
            "body": canary.HTML,
            "headers": {"Server": canary.HOST, "Set-Cookie": canary.COOKIES[0]},
        }
        await set_faults(stand.upstream.url, {"path": "/publish/allevents", **page}, {"path": "/bpm/*", **page},
                         {"path": "/api/*", **page})  # fmt: skip
        outcomes, received = await answered(stand, name, PUBLISH, GET, LIST, LOGIN)
        await set_faults(stand.upstream.url)

        assert outcomes == PAGES[status]
        assert not canary.leaked(received, canary.logged(caplog))
        assert stand.proxy.url.removeprefix("http://") not in received


@pytest.mark.case("A02", "D12")
@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503])
async def test_nothing_that_an_upstream_says_of_itself_comes_through(
    name: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with standing() as stand, unharmed(stand):
        canary.loud(caplog)
        texts = dict.fromkeys(("message", "detail", "error", "exception", canary.WORD), canary.SENTENCE)
        names = ("Location", "X-Powered-By", "WWW-Authenticate", "Retry-After", "Link", "Refresh")
        headers = {"Set-Cookie": list(canary.COOKIES)} | dict.fromkeys(names, f"http://{canary.HOST}/")
        answer = {"status": status, "body": texts, "headers": headers}
        await set_faults(stand.upstream.url, {"path": "/publish/*", **answer}, {"path": "/bpm/*", **answer},
                         {"path": "/gbp/*", **answer})  # fmt: skip
        received = []
        for operation, arguments in (PUBLISH, GET, LIST, TICKET, CREATE):
            try:
                received.append(json.dumps(await stand.call(name, operation, arguments)))
            except Failure as failure:
                received.append(failure.received)
        await set_faults(stand.upstream.url)

        assert not canary.leaked(*received, canary.logged(caplog))
        planted = [text for entry in stand.upstream.state.log.entries() for text in entry.headers.values()]
        assert not canary.leaked(*planted)


USER = json.dumps(member("a"))
PART = {"beginIndex": 0, "endIndex": 0, "totalUsers": 1, "users": [member("a")]}
DEEP = "[" * 100_000 + "]" * 100_000


def part(**changes: Any) -> str:
    return json.dumps(PART | changes)


def without(document: dict[str, Any], key: str) -> str:
    return json.dumps({name: value for name, value in document.items() if name != key})


WRONG_USERS: dict[str, tuple[str, str | bytes]] = {
    "a list of it": ("D02", f"[{USER}]"),
    "nothing": ("D02", ""),
    "null": ("D02", "null"),
    "a missing key": ("D02", without(member("a"), "sn")),
    "null for a text": ("D02", json.dumps(member("a") | {"cn": None})),
    "a number for a text": ("D02", json.dumps(member("a") | {"cn": 7})),
    "a text for a flag": ("D02", json.dumps(member("a") | {"tester": "true"})),
    "a number for a flag": ("D02", json.dumps(member("a") | {"tester": 1})),
    "not a number": ("D02", USER[:-1] + ', "x": NaN}'),
    "infinity": ("D02", USER[:-1] + ', "x": -Infinity}'),
    "the second of a key is wrong": ("D02", USER[:-1] + ', "mail": null}'),
    "a byte order mark": ("D02", b"\xef\xbb\xbf" + USER.encode()),
    "UTF-16": ("D02", USER.encode("utf-16")),
    "latin-1": ("D02", json.dumps(member("a") | {"cn": "\u00e9"}, ensure_ascii=False).encode("latin-1")),
    "half a surrogate pair": ("D02", USER[:-1] + r', "x": "\ud800"}'),
    "100,000 lists": ("D03", DEEP),
    "100,000 lists in it": ("D03", USER[:-1] + f', "x": {DEEP}}}'),
    "100,000 objects in it": ("D03", USER[:-1] + ', "x": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}"),
    "5,000 digits for a text": ("D04", USER[:-1] + f', "cn": {"9" * 5000}}}'),
    "a number beyond all bounds for a flag": ("D04", USER[:-1] + ', "tester": 1e400}'),
    "2^70 for a text": ("D04", json.dumps(member("a") | {"cn": 2**70})),
}
WRONG_LISTS: dict[str, tuple[str, str | bytes]] = {
    "an object for the list": ("D02", part(users={"0": member("a")})),
    "a list for the object": ("D02", f"[{part()}]"),
    "no total": ("D02", without(PART, "totalUsers")),
    "no users": ("D02", without(PART, "users")),
    "a text for a number": ("D02", part(totalUsers="1")),
    "a fraction for a number": ("D02", part(totalUsers=1.0)),
    "true for a number": ("D02", part(totalUsers=True)),
    "null for a user": ("D08", part(totalUsers=2, users=[member("a"), None])),
    "a user without an address": ("D08", part(totalUsers=2, users=[member("a"), member("b") | {"mail": ""}])),
    "a user with a text for a flag": ("D08", part(totalUsers=2, users=[member("a"), member("b") | {"tester": "no"}])),
    "a user without a name": ("D08", part(totalUsers=2, users=[json.loads(without(member("b"), "cn")), member("a")])),
    "a total of 2^31": ("D04", part(totalUsers=2**31, users=[member(str(number)) for number in range(100)])),
    "a total of 2^63": ("D04", part(totalUsers=2**63, users=[member(str(number)) for number in range(100)])),
    "a total of 2^70": ("D04", part(totalUsers=2**70)),
    "a total of 1e400": ("D04", part().replace('"totalUsers": 1', '"totalUsers": 1e400')),
    "a total of 5,000 digits": ("D04", part().replace('"totalUsers": 1', '"totalUsers": ' + "9" * 5000)),
    "a beginning of 2^70": ("D04", part(beginIndex=2**70)),
    "a total that is a date": ("D04", part(totalUsers="0000-00-00")),
}


@pytest.mark.parametrize("name", FACES)
@pytest.mark.parametrize(
    ("operation", "body"),
    [
        pytest.param(operation, body, id=f"{operation}: {what}", marks=pytest.mark.case(case))
        for operation, table in (("GetUser", WRONG_USERS), ("ListUsers", WRONG_LISTS))
        for what, (case, body) in table.items()
    ],
)
async def test_an_answer_of_the_wrong_shape_is_malformed(
    name: str, operation: str, body: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    content = body.encode() if isinstance(body, str) else body
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    async with stack_of(name, transport=transport) as stack:
        with pytest.raises(Failure) as caught:
            await stack.face.call(operation, GET[1] if operation == "GetUser" else {})

    assert told(caught.value) == MALFORMED
    assert caught.value.message == "The upstream's answer is not what its contract says."
    assert not [record for record in caplog.records if record.exc_info]  # no defect of ours


@pytest.mark.case("D04")
@pytest.mark.parametrize("number", ["9" * 5000, "1e400", "-1e-400"], ids=["digits", "huge", "tiny"])
@pytest.mark.parametrize("name", FACES)
async def test_a_number_that_nobody_asks_for_may_be_any(name: str, number: str) -> None:
    content = (USER[:-1] + f', "x": {number}}}').encode()
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=content))
    async with stack_of(name, transport=transport) as stack:
        assert (await stack.face.call(*GET))["user"]["mail"] == member("a")["mail"]


@pytest.mark.case("D02")
@pytest.mark.parametrize("name", FACES)
async def test_of_a_key_that_is_there_twice_the_last_counts(name: str) -> None:
    """JSON leaves it open (RFC 8259 section 4); this is what most parsers do."""
    twice = USER[:-1] + ', "cn": "second"}'
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=twice.encode()))
    async with stack_of(name, transport=transport) as stack:
        assert (await stack.face.call(*GET))["user"]["cn"] == "second"


def by_status(request: httpx.Request) -> httpx.Response:
    """The status that the address of the user names, and nothing else; a good answer to "ok"."""
    wanted = request.url.path.rpartition("/")[2].partition("@")[0]
    if wanted == "ok":
        return httpx.Response(200, json=member("ok"))
    return httpx.Response(int(wanted))


# Of a read of one user, by the design's table; what is not here is told by its class.
OF_STATUS: dict[int, tuple[Code, Reason]] = {
    400: (Code.INVALID_ARGUMENT, Reason.UPSTREAM_REJECTED),
    401: (Code.PERMISSION_DENIED, Reason.NOT_ADMINISTRATOR),
    403: (Code.UNAUTHENTICATED, Reason.INVALID_CREDENTIALS),
    404: (Code.NOT_FOUND, Reason.USER_NOT_FOUND),
    405: (Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED),
    407: (Code.INTERNAL, Reason.UPSTREAM_CREDENTIALS_REJECTED),
    408: (Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE),
    409: (Code.ABORTED, Reason.UPSTREAM_REJECTED),
    413: (Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE),
    414: (Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE),
    422: (Code.INVALID_ARGUMENT, Reason.UPSTREAM_REJECTED),
    429: (Code.RESOURCE_EXHAUSTED, Reason.UPSTREAM_OVERLOADED),
    431: (Code.RESOURCE_EXHAUSTED, Reason.REQUEST_TOO_LARGE),
    501: (Code.UNIMPLEMENTED, Reason.UPSTREAM_MISCONFIGURED),
    502: (Code.UNAVAILABLE, Reason.UPSTREAM_UNREACHABLE),
    503: (Code.UNAVAILABLE, Reason.UPSTREAM_OVERLOADED),
    504: (Code.UNAVAILABLE, Reason.UPSTREAM_TIMEOUT),
    511: (Code.INTERNAL, Reason.UPSTREAM_CREDENTIALS_REJECTED),
}
OF_CLASS: dict[int, tuple[Code, Reason]] = {
    4: (Code.FAILED_PRECONDITION, Reason.UPSTREAM_REJECTED),
    5: (Code.UNKNOWN, Reason.UPSTREAM_ERROR),
}
OTHERWISE = (Code.INTERNAL, Reason.UPSTREAM_MALFORMED_RESPONSE)


@pytest.mark.case("D06")
@pytest.mark.parametrize("name", FACES)
async def test_every_status_is_told_as_the_table_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an empty body. Good answers between them: it is not about how an upstream fares that always fails."""
    monkeypatch.setattr("facade.upstreams.retry.FIRST_PAUSE", 0.0)
    async with stack_of(name, transport=httpx.MockTransport(by_status)) as stack:
        for status in (*range(100, 600), 999):
            await stack.face.call("GetUser", {"mail": "ok@example.com"})
            with pytest.raises(Failure) as caught:
                await stack.face.call("GetUser", {"mail": f"{status}@example.com"})

            expected = OF_STATUS.get(status) or OF_CLASS.get(status // 100, OTHERWISE)
            assert (caught.value.code, caught.value.reason) == expected, status
            assert caught.value.upstream_status == status
