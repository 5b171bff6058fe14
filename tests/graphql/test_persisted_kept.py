"""How many persisted queries are kept, and which of them."""

from hashlib import sha256

import pytest

from facade.errors import FacadeError
from facade.graphql.documents import LONGEST_KEPT, Document, Documents
from facade.graphql.persisted import MOST, MOST_BYTES, PersistedQueries, is_unknown
from facade.graphql.schema import executable

DOCUMENTS = Documents(executable(), introspection=False)
TEXTS = ["{ a: __typename }", "{ b: __typename }", "{ c: __typename }", "{ d: __typename }"]


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def tell(kept: PersistedQueries, text: str) -> Document:
    """Tells a text, as a client does whose hash was not known."""
    return kept.document(text, digest(text))


def known(kept: PersistedQueries, *texts: str) -> list[bool]:
    """Whether each text is kept. This is a use of each."""
    return [kept.document("", digest(text)).node is not None for text in texts]


def test_a_hash_leads_to_the_document_that_was_read() -> None:
    kept = PersistedQueries(DOCUMENTS.read)
    assert tell(kept, TEXTS[0]) is kept.document("", digest(TEXTS[0])) is DOCUMENTS.read(TEXTS[0])


def test_beyond_the_most_the_least_recently_used_goes() -> None:
    kept = PersistedQueries(DOCUMENTS.read, most=2)
    tell(kept, TEXTS[0])
    tell(kept, TEXTS[1])
    assert known(kept, TEXTS[0]) == [True], "asking for it is a use"
    tell(kept, TEXTS[2])
    assert known(kept, *TEXTS[:3]) == [True, False, True]
    tell(kept, TEXTS[0])  # telling it again is one, too
    tell(kept, TEXTS[3])
    assert known(kept, *TEXTS) == [True, False, False, True]


@pytest.mark.parametrize("letter", ["x", "é"], ids=["one byte a letter", "two bytes a letter"])
def test_beyond_the_most_bytes_the_least_recently_used_go(letter: str) -> None:
    large = f"{{ __typename }} # {letter * 100}"
    kept = PersistedQueries(DOCUMENTS.read, most_bytes=len(large.encode()) + len(TEXTS[0]))
    for text in TEXTS[:3]:
        tell(kept, text)
    tell(kept, large)
    assert known(kept, *TEXTS[:3], large) == [False, False, True, True]
    for text in TEXTS:  # the large one goes, and its bytes with it
        tell(kept, text)
    assert known(kept, large, *TEXTS) == [False, True, True, True, True]


def test_the_same_text_counts_once() -> None:
    kept = PersistedQueries(DOCUMENTS.read, most=2, most_bytes=2 * len(TEXTS[0]))
    for text in (TEXTS[0], *[TEXTS[1]] * 10):
        tell(kept, text)
    assert known(kept, *TEXTS[:2]) == [True, True]


def test_a_text_larger_than_all_that_may_be_kept_is_read_and_not_kept() -> None:
    kept = PersistedQueries(DOCUMENTS.read, most_bytes=1)
    assert tell(kept, TEXTS[0]).node is not None
    assert known(kept, TEXTS[0]) == [False]


def test_any_text_that_may_be_kept_has_room() -> None:
    assert LONGEST_KEPT * 4 < MOST_BYTES  # four bytes are the longest character
    assert MOST > 1


def test_a_text_that_is_too_long_to_be_honest_is_not_hashed() -> None:
    document = PersistedQueries(DOCUMENTS.read).document("#" * 10_000_000, digest(""))
    assert [error.message for error in document.errors] == ["The document has more than 100000 characters."]


def test_only_a_hash_that_is_not_known_is_told_as_such() -> None:
    kept = PersistedQueries(DOCUMENTS.read)
    missing, wrong = kept.document("", digest("")), kept.document(TEXTS[0], digest(""))
    invalid = DOCUMENTS.read("{ PersistedQueryNotFound }")
    assert [is_unknown(document.errors) for document in (missing, wrong, invalid)] == [True, False, False]
    assert isinstance(missing.errors[0].original_error, FacadeError)
