"""What a stream remembers of the ids that it had."""

from facade.bulk.seen import REMEMBERED, Seen


def test_an_id_is_known_for_as_many_items_as_promised() -> None:
    seen = Seen()
    assert seen.repeated("first") is None
    assert not any(seen.repeated(str(number)) for number in range(REMEMBERED - 1))
    assert seen.repeated("first") == "is that of another of the last 10000 items"


def test_an_id_is_forgotten_in_the_end() -> None:
    seen = Seen()
    seen.repeated("first")
    for number in range(2 * REMEMBERED):
        seen.repeated(str(number))
    assert seen.repeated("first") is None
