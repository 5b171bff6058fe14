"""Bulk operations: what becomes of each item, and the limits of a batch."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from facade.errors import Code, FacadeError, Reason, Violation, invalid

MAX_ITEMS = 1000  # items of a batch
LONGEST_ID = 256  # characters of an item_id
MAX_VIOLATIONS = 10  # wrong fields told at a time: an error must stay small


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item.

    Attributes:
        item_id: the caller's name for it.
        message: what was done; "" if it failed.
        error: why it is not done, or None; the error that the operation for a single item would have raised.

    """

    item_id: str
    message: str = ""
    error: FacadeError | None = None


def check_batch(name: str, count: int) -> None:
    """Refuses a batch that is empty or too large; `name` is the list's field."""
    if not count:
        raise invalid(name, "must not be empty")
    if count > MAX_ITEMS:
        raise invalid(name, f"has {count} items; a batch takes at most {MAX_ITEMS}: send several, or a stream")


def check_ids(name: str, ids: Iterable[str]) -> None:
    """Refuses (INVALID_ARGUMENT) an `item_id` of the list `name` that is empty, too long, or there twice."""
    given = list(ids)
    for place, item_id in enumerate(given):
        if problem := wrong_id(item_id):
            raise invalid(f"{name}[{place}].item_id", problem)
    check_unique(name, ".item_id", given)


def wrong_id(item_id: str) -> str | None:
    """What is wrong with an `item_id`, or None."""
    if not item_id:
        return "must not be empty"
    return f"must not be longer than {LONGEST_ID} characters" if len(item_id) > LONGEST_ID else None


def check_unique(name: str, part: str, keys: Iterable[Hashable]) -> None:
    """Refuses a list whose items are not told apart by their `keys`; `part` is what follows `name[place]` in errors."""
    first: dict[Hashable, int] = {}
    wrong = []
    for place, key in enumerate(keys):
        if key in first:
            wrong.append(Violation(f"{name}[{place}]{part}", f"is the same as that of {name}[{first[key]}]"))
        else:
            first[key] = place
    refuse(wrong)


def refuse(wrong: list[Violation]) -> None:
    """Raises INVALID_ARGUMENT about the first of the fields that are `wrong`, if there are any."""
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        message = f"{wrong[0].field}: {wrong[0].description}{more}"
        raise FacadeError(
            Code.INVALID_ARGUMENT, Reason.INVALID_REQUEST, message, violations=tuple(wrong[:MAX_VIOLATIONS])
        )
