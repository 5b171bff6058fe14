"""One user: found, added, deleted; and who may not be added."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from facade.caller import Token
from facade.domain.provisioning import NewUser, User, Window
from facade.errors import Code, Outcome, Reason
from tests.upstreams.doubles import Recorder, answer, caller, connected, failure
from tests.upstreams.members import member, user

PATH = "/bpm/portal/rest/v1/UserProvisioningService.json"
ADA = NewUser("ada.l-1_x@example.com", "Ada", "Löve")


async def test_a_user_is_found_under_the_encoded_address() -> None:
    recorder = Recorder(answer(200, member("ada")))

    assert await connected(recorder).provisioning.get("a/da+1@example.com", caller()) == user("ada")
    assert recorder.targets == [f"GET {PATH}/a%2Fda%2B1%40example.com"]


async def test_a_user_is_added_with_what_was_given_and_told_with_the_defaults() -> None:
    recorder = Recorder(answer(201))

    got = await connected(recorder).provisioning.create(ADA, caller())

    assert recorder.targets == [f"PUT {PATH}"]
    assert orjson.loads(recorder.only.content) == {"mail": ADA.mail, "cn": "Ada", "sn": "Löve"}
    assert got == User(ADA.mail, "Ada", "Löve", False, False, True, False, False)


FLAGS = {
    "account_admin": "accountAdmin",
    "developer": "developer",
    "end_user": "endUser",
    "operator": "operator",
    "tester": "tester",
}


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize(("ours", "theirs"), FLAGS.items(), ids=FLAGS.keys())
async def test_a_flag_that_was_given_is_sent_and_told(ours: str, theirs: str, value: bool) -> None:
    recorder = Recorder(answer(204))
    flags: dict[str, Any] = {ours: value}

    got = await connected(recorder).provisioning.create(NewUser(ADA.mail, "Ada", "Löve", **flags), caller())

    assert orjson.loads(recorder.only.content) == {"mail": ADA.mail, "cn": "Ada", "sn": "Löve", theirs: value}
    assert getattr(got, ours) is value


MAILS = {
    "no address": "",
    "no at sign": "ada.example.com",
    "nothing before it": "@example.com",
    "nothing after it": "ada@",
    "two at signs": "ada@home@example.com",
    "a plus": "ada+1@example.com",
    "a blank": "a da@example.com",
    "a quote": "a'da@example.com",
    "a slash": "a/da@example.com",
    "an umlaut": "jürgen@example.com",
    "a quoted local part": '"ada"@example.com',
    "a line feed": "ada@example.com\n",
    "half a pair": "ada@\ud800.com",
    "too long": "a" * 250 + "@x.de",
}


@pytest.mark.parametrize("mail", MAILS.values(), ids=MAILS.keys())
async def test_an_address_must_be_one_that_the_upstream_takes(mail: str) -> None:
    recorder = Recorder(answer(201))

    error = await failure(connected(recorder).provisioning.create(NewUser(mail, "Ada", "Löve"), caller()))

    assert (error.code, error.reason) == (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
    assert [each.field for each in error.violations] == ["user.mail"]
    assert recorder.requests == []


@pytest.mark.parametrize("mail", ["a@b", "A.B-c_9@example.com", "a" * 249 + "@x.de", "a@bücher.example"])
async def test_an_address_that_the_upstream_takes_is_sent(mail: str) -> None:
    recorder = Recorder(answer(201))

    assert (await connected(recorder).provisioning.create(NewUser(mail, "Ada", "Löve"), caller())).mail == mail


@pytest.mark.parametrize("name", ["cn", "sn"])
async def test_a_name_must_not_be_empty(name: str) -> None:
    recorder = Recorder(answer(201))
    fields: dict[str, Any] = {"mail": ADA.mail, "cn": "Ada", "sn": "Löve", name: ""}

    error = await failure(connected(recorder).provisioning.create(NewUser(**fields), caller()))

    assert [(each.field, each.description) for each in error.violations] == [(f"user.{name}", "must not be empty")]
    assert recorder.requests == []


async def test_a_user_is_deleted_under_the_encoded_address() -> None:
    recorder = Recorder(answer(204))

    await connected(recorder).provisioning.delete("a/da@example.com", caller())

    assert recorder.targets == [f"DELETE {PATH}/a%2Fda%40example.com"]


async def test_a_user_who_is_not_there_counts_as_deleted_only_if_asked_for() -> None:
    provisioning = connected(Recorder(answer(404))).provisioning

    await provisioning.delete("ada@example.com", caller(), allow_missing=True)
    error = await failure(provisioning.delete("ada@example.com", caller()))

    assert (error.code, error.reason) == (Code.NOT_FOUND, Reason.USER_NOT_FOUND)


@pytest.mark.parametrize("status", [401, 403, 405, 500, 502])
async def test_any_other_failure_to_delete_is_told_even_so(status: int) -> None:
    provisioning = connected(Recorder(answer(status))).provisioning

    error = await failure(provisioning.delete("ada@example.com", caller(), allow_missing=True))

    assert error.upstream_status == status
    assert error.outcome is (Outcome.UNKNOWN if status >= 500 else Outcome.NO_EFFECT)


@pytest.mark.parametrize("mail", ["", "..", "a\nb", "a" * 255], ids=["empty", "a way up", "a line feed", "too long"])
@pytest.mark.parametrize("verb", ["get", "delete"])
async def test_an_address_that_cannot_stand_in_a_path_is_an_invalid_argument(verb: str, mail: str) -> None:
    recorder = Recorder(answer(204))

    error = await failure(getattr(connected(recorder).provisioning, verb)(mail, caller()))

    assert [each.field for each in error.violations] == ["mail"]
    assert recorder.requests == []


@pytest.mark.parametrize(
    ("bpm", "reason"),
    [(Token("t"), Reason.BASIC_REQUIRED), (None, Reason.MISSING_CREDENTIALS)],
    ids=["a token", "nothing"],
)
@pytest.mark.parametrize("verb", ["page", "get", "create", "delete", "all"])
async def test_only_basic_credentials_are_sent(verb: str, bpm: Token | None, reason: Reason) -> None:
    recorder = Recorder(answer())
    api, who = connected(recorder).provisioning, caller(bpm=bpm)
    works: dict[str, Callable[[], Awaitable[Any]]] = {
        "page": lambda: api.page(Window(), who),
        "get": lambda: api.get("ada@example.com", who),
        "create": lambda: api.create(ADA, who),
        "delete": lambda: api.delete("ada@example.com", who, allow_missing=True),
        "all": lambda: anext(api.all(who)),
    }

    error = await failure(works[verb]())

    assert (error.code, error.reason, error.upstream) == (Code.UNAUTHENTICATED, reason, "bpm")
    assert recorder.requests == []


async def test_a_probe_asks_for_one_user_without_credentials() -> None:
    recorder = Recorder(answer(403))

    assert (await failure(connected(recorder).provisioning.probe(caller()))).reason is Reason.INVALID_CREDENTIALS
    assert recorder.targets == [f"GET {PATH}?beginIndex=0&endIndex=0"]
    assert "authorization" not in recorder.only.headers
