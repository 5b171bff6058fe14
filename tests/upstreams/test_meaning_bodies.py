"""An answer that says 200 and is not what the contract says is never a result."""

from collections.abc import Callable

import pytest

from facade.errors import Code, Outcome, Reason
from tests.upstreams.answers import CALLS, IEM, READING, sample
from tests.upstreams.doubles import Recorder, answer, caller, connected, failure

DEEP = b"[" * 100_000 + b"]" * 100_000


def with_field(value: bytes) -> Callable[[bytes], bytes]:
    """The good answer with one more field."""
    return lambda good: good.rstrip().removesuffix(b"}") + b',"extra":' + value + b"}"


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "blanks": lambda _: b" \r\n",
    "a page of HTML": lambda _: b"<!doctype html><title>Log in</title>",
    "a page of HTML around it": lambda good: b"<pre>" + good + b"</pre>",
    "a byte order mark before it": lambda good: b"\xef\xbb\xbf" + good,
    "UTF-16": lambda good: good.decode().encode("utf-16"),
    "latin-1 in it": with_field('"é"'.encode("latin-1")),
    "not a number in it": with_field(b"NaN"),
    "infinity in it": with_field(b"-Infinity"),
    "half a surrogate pair in it": with_field(rb'"\ud800"'),
    "100,000 lists in it": with_field(DEEP),
    "100,000 lists": lambda _: DEEP,
    "cut short": lambda good: good.rstrip()[:-1],
    "two of it": lambda good: good + good,
    "a list of it": lambda good: b"[" + good + b"]",
    "null": lambda _: b"null",
    "true": lambda _: b"true",
    "a number": lambda _: b"7",
    "a text": lambda _: b'"API is running"',
    "an empty object": lambda _: b"{}",
    "an empty list": lambda _: b"[]",
    "single quotes": lambda good: good.replace(b'"', b"'"),
}


# In a field that nobody looks at: an answer that is looked at as a whole is malformed, one that is read for the fields
# that it must have is not.
NUMBERS = {"beyond all bounds": b"1e400", "of 5,000 digits": b"9" * 5000}


@pytest.mark.case("D02")
@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS.keys())
@pytest.mark.parametrize("name", READING)
async def test_a_number_that_cannot_be_read_makes_no_other(name: str, number: bytes) -> None:
    call = CALLS[name]
    upstreams = connected(Recorder(answer(200, with_field(number)(sample(call.success)))))
    if name in {"GetUser", "ListUsers"}:
        await call.make(upstreams, caller())
    else:
        assert (await failure(call.make(upstreams, caller()))).reason is Reason.UPSTREAM_MALFORMED_RESPONSE


@pytest.mark.case("D01", "D02", "D03", "D04")
@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED.keys())
@pytest.mark.parametrize("name", READING)
async def test_a_damaged_answer_is_malformed(name: str, damage: Callable[[bytes], bytes]) -> None:
    call = CALLS[name]
    upstreams = connected(Recorder(answer(200, damage(sample(call.success)))))

    error = await failure(call.make(upstreams, caller()))

    assert (error.code, error.reason) == (Code.INTERNAL, Reason.UPSTREAM_MALFORMED_RESPONSE)
    assert error.message == "The upstream's answer is not what its contract says."
    assert error.outcome is (Outcome.NO_EFFECT if call.safe else Outcome.UNKNOWN)
    assert not error.retryable


@pytest.mark.parametrize(
    "value", [b"1", b"null", b"[]", b"{}", b'"x"'], ids=["number", "null", "list", "object", "text"]
)
@pytest.mark.parametrize("name", READING)
async def test_a_field_that_the_contract_does_not_know_is_ignored(name: str, value: bytes) -> None:
    call = CALLS[name]
    good = sample(call.success)
    plain = connected(Recorder(answer(200, good)))
    richer = connected(Recorder(answer(200, with_field(value)(good))))

    assert await call.make(richer, caller()) == await call.make(plain, caller())


@pytest.mark.parametrize("value", [None, 1, True, ["Success"], {"text": "Success"}], ids=repr)
@pytest.mark.parametrize("name", IEM)
async def test_a_message_that_is_no_text_is_malformed(name: str, value: object) -> None:
    upstreams = connected(Recorder(answer(200, {"message": value})))

    error = await failure(CALLS[name].make(upstreams, caller()))

    assert error.reason is Reason.UPSTREAM_MALFORMED_RESPONSE


@pytest.mark.parametrize("value", [None, 1, ["Access denied"], {"a": "Access denied"}, " Access denied"], ids=repr)
async def test_only_the_exact_sentence_is_a_sentence(value: object) -> None:
    upstreams = connected(Recorder(answer(400, {"message": value})))

    error = await failure(CALLS["PublishEvent"].make(upstreams, caller()))

    assert (error.code, error.reason) == (Code.INVALID_ARGUMENT, Reason.UPSTREAM_REJECTED)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"API is running", "API is running"),
        (b" API is running\r\n", "API is running"),
        (b'{"message":"API is running"}', "API is running"),
        (b'{"message":"All is well"}', ""),
    ],
    ids=["plain text", "a line of text", "JSON", "JSON in other words"],
)
async def test_health_may_be_told_as_text_or_as_json(body: bytes, said: str) -> None:
    assert await CALLS["CheckHealth"].make(connected(Recorder(answer(200, body))), caller()) == said
