"""The keys that tokens are checked with: a JSON Web Key Set (RFC 7517), from a file or from its issuer's URL."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import jwt

from facade.access.files import text
from facade.errors import ConfigError, masked
from facade.renewal import Kept

log = logging.getLogger(__name__)

# Asymmetric ones alone: with a symmetric algorithm a public key would be a secret that everybody knows.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
MOST_KEYS = 100
PERIOD = 300.0  # seconds between two readings of a URL
SELDOM = 30.0  # seconds between two readings that tokens with an unknown key, or none so far, can cause
Fetch: TypeAlias = Callable[[str], Awaitable[bytes]]  # raises ConnectionError, in words of ours


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys by their ids; of one without an id, the id is None."""

    keys: Mapping[str | None, jwt.PyJWK] = field(repr=False)

    def key(self, kid: str | None) -> jwt.PyJWK | None:
        """The key of this id. A token without an id means the only key."""
        if kid is None and len(self.keys) == 1:
            return next(iter(self.keys.values()))
        return self.keys.get(kid)


class Keys(Protocol):
    """Where keys come from."""

    def current(self) -> KeySet | None:
        """The keys, None as long as there are none."""

    async def renewed(self) -> None:
        """Returns when a reading has ended that an unknown key may cause now; at once if it may cause none."""


class KeyFile(Kept[KeySet]):
    """The keys in a file."""

    def __init__(self, setting: str, file: str) -> None:
        super().__init__("the keys of tokens", (file,), lambda: parsed(setting, text(setting, file)))

    async def renewed(self) -> None:
        """A file is read when it changes."""


class KeyUrl:
    """The keys at a URL, read in the background. An async context manager: for as long as it is open.

    Args:
        setting: the setting that names it.
        url: the URL.
        fetch: reads it.

    """

    def __init__(self, setting: str, url: str, fetch: Fetch) -> None:
        self._setting = setting
        self._url = url
        self._fetch = fetch
        self._reading: asyncio.Task[None] | None = None
        self._repeating: asyncio.Task[None] | None = None
        self._again = False  # when the reading that is under way has ended
        self._last = -SELDOM
        self._found: KeySet | None = None

    def current(self) -> KeySet | None:
        """The keys of the last reading that went well."""
        return self._found

    async def __aenter__(self) -> None:
        """Reads it for the first time. If that fails, the facade starts in spite of it: the issuer may come later."""
        await self._begun()
        self._repeating = asyncio.create_task(self._repeat())

    async def __aexit__(self, *_error: object) -> None:
        tasks = [task for task in (self._repeating, self._reading) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def reload(self) -> None:
        """Has it read in the background; anew, if it is being read: what has been asked for may be old."""
        self._again = self._reading is not None
        self._begun()

    async def renewed(self) -> None:
        """See Keys."""
        if self._reading is not None or time.monotonic() - self._last >= SELDOM:
            await asyncio.shield(self._begun())

    def _begun(self) -> "asyncio.Task[None]":
        """The reading that is under way, which is a new one if there was none."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        return self._reading

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(PERIOD if self._found else SELDOM)
            await self._begun()

    async def _read(self) -> None:
        self._last = time.monotonic()
        try:
            self._found = parsed(self._setting, (await self._fetch(self._url)).decode(errors="replace"))
        except (ConfigError, ConnectionError) as error:
            log.warning("the keys of tokens stay as they were", extra={"why": str(error)})
        except Exception as exception:  # noqa: BLE001 - a defect must not end the reading for good
            masked(exception)
        finally:
            self._reading = None
        if self._again:
            self.reload()


def parsed(setting: str, content: str) -> KeySet:
    """The keys in a key set that can check signatures. ConfigError if there are none; others are passed over."""
    try:
        document = json.loads(content)
        listed = document["keys"]
        found = [key for key in listed[:MOST_KEYS] if isinstance(key, dict) and key.get("use", "sig") == "sig"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ConfigError(f"{setting}: is not a JSON Web Key Set") from None
    keys: dict[str | None, jwt.PyJWK] = {}
    for each in found:
        with suppress(Exception):  # whatever is wrong with one key, tokens of the others are good
            key = jwt.PyJWK(each)
            if key.algorithm_name in ALGORITHMS:
                keys[key.key_id] = key
    if not keys:
        raise ConfigError(f"{setting}: has no key to check signatures with ({', '.join(ALGORITHMS)})")
    return KeySet(keys)
