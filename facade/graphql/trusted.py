"""Trusted documents: a list of the only documents that may be executed, which the frontends' build has made.

All of them are read at the start, so that a list with one that is not valid is noticed then.
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from facade.errors import Code, FacadeError, Reason, invalid
from facade.graphql.documents import Document, failed
from facade.graphql.persisted import HASH, SHA256

SHOWN = 12  # digits of a hash by which a document is named


class UntrustworthyError(Exception):
    """The list cannot be used. The text says why."""


class TrustedDocuments:
    """The documents of the list.

    Args:
        listed: their texts by their SHA-256.
        read: reads a text.

    """

    def __init__(self, listed: Mapping[str, str], read: Callable[[str], Document]) -> None:
        self._by_hash: dict[str, Document] = {}
        self._by_text: dict[str, tuple[str, Document]] = {}
        for digest, text in listed.items():
            document = read(text)
            if document.node is None:
                raise UntrustworthyError(f"the document {digest[:SHOWN]}… is not valid: {document.errors[0].message}")
            self._by_hash[digest.lower()] = document
            self._by_text[text] = digest.lower(), document

    def document(self, text: str, digest: str | None) -> Document:
        """The document with this text, or of this hash (lower-case hex) where `text` is ""; both if both are given."""
        if not text:
            return self._by_hash.get(digest or "") or failed(not_trusted())
        known = self._by_text.get(text)
        if known is None:
            return failed(not_trusted())
        if digest not in {None, known[0]}:
            return failed(invalid(HASH, "is not the SHA-256 of `query`"))
        return known[1]


def listed(file: str) -> dict[str, str]:
    """The list in a file: a JSON object of texts by their SHA-256. UntrustworthyError if it is none."""
    try:
        found = json.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise UntrustworthyError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UntrustworthyError(f"{file} is not JSON") from None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise UntrustworthyError(f"{file} must be one object of documents by their SHA-256")
    for digest, text in found.items():
        if not SHA256.fullmatch(digest) or hashed(text) != digest.lower():
            raise UntrustworthyError(f"{digest[:SHOWN]}… is not the SHA-256 of its document")
    return found


def hashed(text: str) -> str:
    """The SHA-256 of a document, in lower-case hex."""
    return sha256(text.encode()).hexdigest()


def not_trusted() -> FacadeError:
    """The refusal of all other documents."""
    return FacadeError(
        Code.PERMISSION_DENIED, Reason.QUERY_NOT_TRUSTED, "The document is not one of those allowed here."
    )
