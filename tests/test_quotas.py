"""What one caller may have: counted by its credentials, and kept for no longer than it matters."""

import time
from typing import Any

import pytest

from facade import quotas
from facade.errors import FacadeError, Outcome, Reason
from facade.quotas import Quotas

ONE = {"authorization": ["Basic b25l"]}
OTHER = {"authorization": ["Basic dHdv"]}


def refusal(given: Quotas, headers: Any) -> FacadeError:
    with pytest.raises(FacadeError) as caught:
        given.take(headers)
    assert caught.value.reason is Reason.RATE_LIMITED
    assert caught.value.outcome is Outcome.NOT_SENT
    assert caught.value.retryable
    return caught.value


def test_a_caller_has_so_many_at_a_time_and_no_other_is_harmed() -> None:
    given = Quotas(2)
    taken = [given.take(ONE) for _ in range(2)]
    assert refusal(given, ONE).retry_after == 1.0
    given.give(given.take(OTHER))
    given.give(taken[0])
    given.give(given.take(ONE))
    given.give(taken[1])
    assert given.known == 0


SAME = [
    pytest.param({"authorization": ["a"]}, {"authorization": ["a"], "x-request-id": ["x"]}, id="another name"),
    pytest.param({"authorization": ["a"]}, {"authorization": ["a"], "x-bpm-authorization": ["b"]}, id="and another"),
    pytest.param({"x-iem-authorization": ["a"]}, {"authorization": ["b"], "x-iem-authorization": ["a"]}, id="beside"),
    pytest.param({"cookie": ["access_token=a"]}, {"cookie": ["x=1; access_token=a", "y=2"]}, id="among cookies"),
    pytest.param({"authorization": ["a"]}, {"authorization": ["a", "b"]}, id="two, which is one too many"),
    pytest.param({}, {"cookie": ["x=1"]}, id="nobody"),
    pytest.param(ONE, {"authorization": ["basic b25l"]}, id="another case"),
    pytest.param(ONE, {"authorization": [" BASIC   b25l "]}, id="more blanks"),
    pytest.param({"x-bpm-authorization": ["Bearer a"]}, {"x-bpm-authorization": ["bearer  a"]}, id="also of a token"),
    pytest.param({"authorization": ["Basic YTpiYw=="]}, {"authorization": ["Basic YTpiYx=="]}, id="unused bits"),
    pytest.param({"authorization": ["Bearer a"]}, {"cookie": ["access_token=a"]}, id="a token, in a cookie"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_what_is_sent_beside_the_credentials_does_not_make_another_caller(first: Any, second: Any) -> None:
    given = Quotas(1)
    given.take(first)
    refusal(given, second)


@pytest.mark.parametrize("second", [OTHER, {}, {"cookie": ["access_token=Basic"]}, {"authorization": ["Bearer b25l"]}])
def test_other_credentials_are_of_another_caller(second: Any) -> None:
    given = Quotas(1)
    given.take(ONE)
    given.take(second)


SERVICE, PEER = ["service.example", "service"], ["peer.example"]
BPM = {"x-bpm-authorization": ["Basic a"]}
ALIKE = [
    pytest.param(({}, SERVICE), ({}, SERVICE), id="the same"),
    pytest.param(({}, SERVICE), (BPM, SERVICE), id="and a credential"),
    pytest.param(({}, SERVICE), ({"cookie": ["access_token=a"]}, SERVICE), id="and a cookie"),
    pytest.param((ONE, SERVICE), (ONE, PEER), id="a key, whoever passes it on"),
]
UNLIKE = [
    pytest.param(({}, SERVICE), ({}, PEER), id="another"),
    pytest.param(({}, SERVICE), ({}, []), id="nobody"),
    pytest.param((ONE, SERVICE), (OTHER, SERVICE), id="another's key, passed on by the same"),
    pytest.param(({}, SERVICE), ({"authorization": ["\0".join(SERVICE)]}, []), id="the names"),
]


@pytest.mark.parametrize(("first", "second"), ALIKE)
def test_who_shows_a_certificate_alone_is_told_by_its_names(first: Any, second: Any) -> None:
    given = Quotas(1)
    given.take(*first)
    with pytest.raises(FacadeError):
        given.take(*second)


@pytest.mark.parametrize(("first", "second"), UNLIKE)
def test_who_shows_another_certificate_is_another_caller(first: Any, second: Any) -> None:
    given = Quotas(1)
    given.give(given.take(*first))
    taken = given.take(*first)
    given.give(given.take(*second))
    given.give(taken)
    assert given.known == 0


def test_a_caller_has_a_burst_and_then_a_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    given = Quotas(None, rate=2.0, burst=3)
    for _ in range(3):
        given.take(ONE)
    assert refusal(given, ONE).retry_after == pytest.approx(0.5)
    given.take(OTHER)
    now += 0.25
    assert refusal(given, ONE).retry_after == pytest.approx(0.25)
    now += 0.25
    given.take(ONE)
    refusal(given, ONE)
    now += 1000
    for _ in range(3):
        given.take(ONE)
    refusal(given, ONE)


def test_who_was_silent_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    given = Quotas(None, rate=10.0)
    for number in range(100):
        given.take({"authorization": [str(number)]})
    assert given.known == 100
    now += 1
    given.take(ONE)
    assert given.known == 1


def test_callers_without_number_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "MOST_KEPT", 50)
    given = Quotas(1, rate=0.001)
    for number in range(1000):
        given.give(given.take({"authorization": [str(number)]}))
    assert given.known == 50
    refusal(given, {"authorization": ["999"]})


def test_who_is_refused_for_the_one_does_not_spend_the_other() -> None:
    given = Quotas(1, rate=0.001, burst=2)
    taken = given.take(ONE)
    for _ in range(5):
        assert "at a time" in refusal(given, ONE).message
    given.give(taken)
    given.take(ONE)


def test_no_credential_is_kept_as_it_is() -> None:
    given = Quotas(5, rate=1.0)
    given.take({"authorization": ["canary-7f3a"]})
    assert "canary" not in repr(vars(given))
