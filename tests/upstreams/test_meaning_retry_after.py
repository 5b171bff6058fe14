"""Retry-After: what an overloaded upstream asks for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facade.upstreams.meaning import retry_after
from tests.upstreams.answers import CALLS
from tests.upstreams.doubles import Recorder, answer, caller, connected, failure

PIECES = 'Mon, |Foo |01 |31 |Jan |0001 |2030 |9999 |00:00:00 |25:61:99 |GMT|-0000|+9999|EST|,|:|-|(|)|"|1|-1|\\'


def at(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0000000000007", 7.0),
        ("3600", 3600.0),
        ("3601", 3600.0),
        ("9" * 5000, 3600.0),
        (at(datetime(2015, 10, 21, 7, 28, tzinfo=UTC)), 0.0),
        (at(datetime(9999, 12, 31, tzinfo=UTC)), 3600.0),
        ("Mon, 01 Jan 0001 00:00:00 -0000", 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("+5", None),
        ("1.5", None),
        ("5 s", None),
        ("٣", None),
        ("²", None),
        ("Wed, 99 Oct 2030 07:28:00 GMT", None),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
        ("Mon, 01 Jan 2030 00:00:00 +99999999999999", None),
    ],
    ids=lambda value: repr(value)[:32],
)
def test_seconds_and_dates_are_read_and_bounded(value: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": value}) == seconds


def test_a_date_means_the_time_until_then() -> None:
    wait = retry_after({"retry-after": at(datetime.now(UTC) + timedelta(seconds=100))})

    assert wait is not None
    assert 90 < wait <= 100


def test_no_header_means_no_time() -> None:
    assert retry_after({}) is None


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES.split("|")), max_size=9).map("".join))
def test_any_text_means_some_time_within_an_hour_or_none(value: str) -> None:
    seconds = retry_after({"retry-after": value})

    assert seconds is None or 0 <= seconds <= 3600


@pytest.mark.parametrize(
    ("status", "told"),
    [(429, 9.0), (503, 9.0), (500, None), (502, None), (400, None), (301, None), (413, None)],
)
async def test_only_an_overloaded_upstream_is_believed(status: int, told: float | None) -> None:
    upstreams = connected(Recorder(answer(status, b"", {"Retry-After": "9"})))

    assert (await failure(CALLS["PublishEvent"].make(upstreams, caller()))).retry_after == told


@pytest.mark.parametrize("status", [429, 503])
async def test_a_known_sentence_says_more_than_the_status_and_asks_for_no_wait(status: int) -> None:
    reply = answer(status, {"message": "Access denied"}, {"Retry-After": "9"})

    error = await failure(CALLS["PublishEvent"].make(connected(Recorder(reply)), caller()))

    assert error.retry_after is None
    assert not error.retryable
