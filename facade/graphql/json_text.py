"""The JSON text of a request, read strictly."""

import asyncio
import json
import re
from contextlib import suppress
from typing import Any, NoReturn

import orjson

from facade.errors import Code, FacadeError, Reason

NOT_A_REQUEST = (Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST)
FOLDED = bytes.maketrans(b"123456789E-", b"000000000e+")
LONG_NUMBERS = (b"0" * 16, b"e000", b"e+000")  # folded: digits are 0, and signs +
SURROGATE = re.compile(rb"\\u[dD][89A-Fa-f]")
LETTER = re.compile(rb"\\u00[4-7]")  # escaped without need, perhaps to disguise a name
LONG = 256 * 1024  # bytes, which take some milliseconds
PARAMETERS = (b'"query"', b'"operationName"', b'"variables"', b'"extensions"', b'"documentId"')


async def read_json(text: bytes) -> Any:
    """What the text says. INVALID_ARGUMENT if it is not JSON in UTF-8, or has a parameter of a request twice.

    Others have a turn while a long text is read.
    """
    # Perhaps in another object, or in none: that is for `once` to say.
    if any(text.count(name) > 1 for name in PARAMETERS) or (b"\\u00" in text and LETTER.search(text)):
        if len(text) > LONG:
            await asyncio.to_thread(once, text)  # it runs in Python for each object, where others can interrupt it
        else:
            once(text)
    folded = text.translate(FOLDED)  # a regular expression for the same takes 20 times as long
    long_number = any(number in folded for number in LONG_NUMBERS)
    if len(text) > LONG:
        await asyncio.sleep(0)
    if not long_number:
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(text)
    try:
        # Variables of the JSON scalar keep integers of any size, which orjson does not read; and what it refuses is
        # looked at again, so that it is one library that says what JSON is.
        document = DECODER.decode(text.decode())
        if SURROGATE.search(text):
            json.dumps(document, ensure_ascii=False).encode()  # fails on half a pair, which is no text
    except (ValueError, RecursionError):
        raise not_a_request("The body is not JSON.") from None
    return document


def once(text: bytes) -> None:
    """Refuses an object with one key twice: whoever checked the request before us may have read the other one."""
    try:
        ONCE.decode(text.decode())
    except (ValueError, RecursionError):
        raise not_a_request("The body is not JSON, or an object in it has a key twice.") from None


def pairs_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs. ValueError if one key is there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def no_number(text: str) -> NoReturn:
    """Refuses NaN and Infinity, which Python's parser would let through."""
    raise ValueError(text)


ONCE = json.JSONDecoder(object_pairs_hook=pairs_once)
DECODER = json.JSONDecoder(parse_constant=no_number)


def not_a_request(message: str) -> FacadeError:
    """A body that is not even a request with a wrong field."""
    return FacadeError(*NOT_A_REQUEST, message)
