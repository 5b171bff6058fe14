"""Automatic persisted queries: a client sends a document's hash, and its text only where the hash is not known yet.

https://www.apollographql.com/docs/apollo-server/performance/apq: `extensions.persistedQuery` is {"version": 1,
"sha256Hash": <hex>}. Without `query` the hash is looked up; if it is not known, the client repeats the request with the
text, which is kept for the next time. A hash is known to one process alone and may be forgotten at any time: to the
client both mean one request more.

Only over POST and WebSocket. The protocol's GET is not offered: cookies are credentials here, and browsers send them
along with a GET that a page of another site asks for.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

from graphql import GraphQLError

from facade.errors import Code, FacadeError, Reason, invalid
from facade.graphql.documents import LONGEST_KEPT, Document, failed
from facade.graphql.recent import Recent

EXTENSION = "extensions.persistedQuery"
HASH = f"{EXTENSION}.sha256Hash"
SHA256 = re.compile(r"[0-9a-fA-F]{64}")
MOST = 1000  # queries kept
MOST_BYTES = 512 * 1024  # of their texts, in UTF-8; a parsed document takes 60 to 110 times the memory of its text
# By this sentence, or by the code in `graphql.errors`, Apollo's, urql's and other clients know that they are to send
# the text: it is the protocol's, not ours.
NOT_FOUND = "PersistedQueryNotFound"


def asked_hash(extensions: Mapping[str, Any]) -> str | None:
    """The hash in a request's extensions, in lower case, or None. INVALID_ARGUMENT names what is wrong with it."""
    asked = extensions.get("persistedQuery")
    if asked is None:
        return None
    if not isinstance(asked, dict):
        raise invalid(EXTENSION, "must be an object or null")
    version, digest = asked.get("version"), asked.get("sha256Hash")
    if version != 1 or isinstance(version, bool):
        raise invalid(f"{EXTENSION}.version", "must be 1")
    if not isinstance(digest, str) or not SHA256.fullmatch(digest):
        raise invalid(HASH, "must be 64 hexadecimal digits")
    return digest.lower()


def document_hash(asked: Any) -> str:
    """The hash, in lower case, in the parameter `documentId`, as persisted documents of GraphQL over HTTP have it."""
    digest = asked.removeprefix("sha256:") if isinstance(asked, str) else ""
    if not SHA256.fullmatch(digest):
        raise invalid("documentId", "must be 64 hexadecimal digits, or sha256: and these")
    return digest.lower()


def is_unknown(errors: Iterable[GraphQLError]) -> bool:
    """Whether a request failed since its hash is not known."""
    causes = [error.original_error for error in errors]
    return any(isinstance(why, FacadeError) and why.reason is Reason.PERSISTED_QUERY_NOT_FOUND for why in causes)


class PersistedQueries:
    """The valid documents that clients may ask for by their hash, the least recently used forgotten first.

    All callers share them: a document is text alone, without variables and credentials. It is never told to anybody,
    and who knows its hash has known the text.

    Args:
        read: reads a text.
        most: documents kept.
        most_bytes: of the texts of all of them, in UTF-8.

    """

    def __init__(self, read: Callable[[str], Document], *, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._read = read
        self._kept = Recent[Document](most, most_bytes)  # by hash

    def document(self, text: str, digest: str) -> Document:
        """The document of this hash (lower-case hex); `text` is "" where the client hopes that it is known."""
        return self._told(text, digest) if text else self._found(digest)

    def _found(self, digest: str) -> Document:
        return self._kept.get(digest) or failed(
            FacadeError(Code.NOT_FOUND, Reason.PERSISTED_QUERY_NOT_FOUND, NOT_FOUND)
        )

    def _told(self, text: str, digest: str) -> Document:
        document = self._read(text)  # first: a text that is too long to be honest is not hashed
        if document.node is None:
            return document
        encoded = text.encode()
        if sha256(encoded).hexdigest() != digest:
            return failed(invalid(HASH, "is not the SHA-256 of `query`"))
        if len(text) <= LONGEST_KEPT:
            self._kept.keep(digest, document, len(encoded))
        return document
