"""The callers' file: who may call, how they show who they are, and which operations each may call.

[caller.billing]
api_key_sha256 = "…"              hex of the key's SHA-256; a list while a key is replaced by another
jwt_subject = "billing@clients"   the `sub` of its tokens
certificate = "billing.internal"  a name of its client certificate
operations = ["PublishService/*", "ProvisioningService/GetUser"]
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from facade.access.operations import matching
from facade.caller import Known
from facade.errors import ConfigError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")  # it stands in the log
DIGEST = re.compile(r"[0-9A-Fa-f]{64}")
WAYS = ("api_key_sha256", "jwt_subject", "certificate")
KEYS = {*WAYS, "operations"}
NOBODY = bytes(32)


@dataclass(frozen=True, slots=True)
class Callers:
    """All callers, by what each shows.

    Attributes:
        keys: by the SHA-256 of their API keys.
        subjects: by the subjects of their tokens.
        certificates: by the names of their certificates.

    """

    keys: Mapping[bytes, tuple[bytes, Known]] = field(repr=False)
    subjects: Mapping[str, Known]
    certificates: Mapping[str, Known]

    def with_key(self, key: str) -> Known | None:
        """The caller whose API key it is.

        Found by a hash of the key, which tells whoever measures times nothing about other keys; a key that is nobody's
        takes the same way.
        """
        digest = sha256(key.encode(errors="surrogatepass")).digest()
        kept, known = self.keys.get(digest, (NOBODY, None))
        return known if compare_digest(kept, digest) else None


def read(setting: str, content: str, *, tokens: bool) -> Callers:
    """The callers in the TOML of a file. ConfigError, which begins with `setting`, if it is wrong.

    `tokens` says whether there are keys to check tokens with.
    """
    try:
        document = tomllib.loads(content)
    except ValueError as error:  # TOMLDecodeError; or a number of thousands of digits, which is not repeated
        raise ConfigError(f"{setting}: the file is not TOML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise ConfigError(f"{setting}: the file is nested too deeply") from None
    callers = document.get("caller")
    if document.keys() != {"caller"} or not isinstance(callers, dict) or not callers:
        raise ConfigError(f"{setting}: the file must have tables [caller.NAME], and nothing else")
    found: dict[str, dict[Any, Known]] = {way: {} for way in WAYS}
    for name, table in callers.items():
        try:
            known = Known(name, operations(name, table))
            for way, value in shown(table):
                if way == "jwt_subject" and not tokens:
                    raise ConfigError("jwt_subject: needs the setting jwt_keys")
                if found[way].setdefault(value, known) is not known:
                    raise ConfigError(f"{way}: is another caller's, too")
        except ConfigError as error:
            raise ConfigError(f"{setting}: caller {name!r}: {error}") from None
    keys, subjects, certificates = (found[way] for way in WAYS)
    digests = {digest: (digest, known) for digest, known in keys.items()}
    return Callers(digests, subjects, certificates)


def operations(name: str, table: Any) -> frozenset[str]:
    """The operations of a caller. ConfigError if its table is not as it should be."""
    if not NAME.fullmatch(name):
        raise ConfigError("the name must be 1 to 64 of A-Z a-z 0-9 . _ -")
    if not isinstance(table, dict):
        raise ConfigError("must be a table")
    if unknown := table.keys() - KEYS:
        raise ConfigError(f"{min(unknown)}: there is no such key")
    if not table.keys() & set(WAYS):
        raise ConfigError(f"must have one of {', '.join(WAYS)}")
    patterns = table.get("operations")
    if not isinstance(patterns, list) or not patterns or not all(isinstance(each, str) for each in patterns):
        raise ConfigError('operations: must be a list of patterns such as "PublishService/*"')
    try:
        return matching(patterns)
    except ValueError as error:
        raise ConfigError(f"operations: {str(error)!r} matches no operation") from None


def shown(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a caller can show: the key in its table, and the value to be found by."""
    for way in WAYS:
        given = table.get(way, [])
        for value in given if isinstance(given, list) else [given]:
            if not isinstance(value, str) or not value:
                raise ConfigError(f"{way}: must be a text, or a list of texts")
            if way != "api_key_sha256":
                yield way, value
            elif DIGEST.fullmatch(value):
                yield way, bytes.fromhex(value)
            else:
                raise ConfigError("api_key_sha256: must be 64 hexadecimal digits, as `facade callers key` prints them")
