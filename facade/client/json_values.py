"""JSON with places: where each value of a text begins, and the members of an object as they are written."""

from collections.abc import Callable, Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

SPACE = " \t\n\r"


def refuse_constant(name: str) -> object:
    """JSON has no NaN and no infinity."""
    raise ValueError(f"{name} is not JSON")


DECODER = JSONDecoder(parse_constant=refuse_constant)


def values(text: str, error: Callable[[int, str], Exception]) -> Iterator[tuple[int, Any]]:
    """Each value with the line that it begins at: those of the array that `text` is, or one after the other.

    Raises what `error` makes of a line and a message.
    """
    place = after_space(text, 0)
    array = text[place : place + 1] == "["
    place = after_space(text, place + array)
    line, counted = 1, 0
    more = place < len(text) and text[place] != "]"
    while more:
        line, counted = line + text.count("\n", counted, place), place
        try:
            value, place = DECODER.raw_decode(text, place)
        except JSONDecodeError as problem:
            raise error(problem.lineno, f"is not JSON: {problem.msg}") from None
        except (ValueError, RecursionError):
            raise error(line, "is not JSON that can be read") from None
        yield line, value
        place = after_space(text, place)
        more = place < len(text) and not (array and text[place] == "]")
        if array and more:
            if text[place] != ",":
                raise error(line, "is not JSON: a comma is missing")
            place = after_space(text, place + 1)
    if array and (place >= len(text) or text[place] != "]" or after_space(text, place + 1) < len(text)):
        raise error(text.count("\n") + 1, "is not JSON: the array does not end at the end")


def members(text: str) -> Iterator[tuple[str, str]]:
    """The name of each member of the object that `text` (checked before) is, and the member as it is written."""
    place = after_space(text, after_space(text, 0) + 1)
    while text[place] != "}":
        start = place
        name, place = DECODER.raw_decode(text, place)
        place = after_space(text, after_space(text, place) + 1)
        _, place = DECODER.raw_decode(text, place)
        yield name, text[start:place]
        place = after_space(text, place)
        if text[place] == ",":
            place = after_space(text, place + 1)


def after_space(text: str, place: int) -> int:
    """The next place that is no space."""
    while place < len(text) and text[place] in SPACE:
        place += 1
    return place
