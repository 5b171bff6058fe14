"""Puts the entrance together."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from facade.access import callers
from facade.access.entrance import Entrance
from facade.access.files import text
from facade.access.keys import Fetch, KeyFile, KeyUrl
from facade.access.own import Account, Owned
from facade.access.tokens import Tokens
from facade.renewal import Kept

CALLERS = "FACADE_CALLERS"
KEYS = "FACADE_JWT_KEYS"


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are taken: what `iss` and `aud` must be, and the file or URL of the keys."""

    name: str
    audience: str
    keys: str


@dataclass(frozen=True, slots=True)
class Trust:
    """What the settings say about callers.

    Attributes:
        callers: the path of the callers' file.
        issuer: whose tokens are taken, or None for nobody's.
        iem: the facade's own account for Publish and Integration, or None.
        bpm: the same for BPM.

    """

    callers: str
    issuer: Issuer | None
    iem: Account | None
    bpm: Account | None


@dataclass(frozen=True, slots=True)
class Access:
    """How callers are authenticated.

    Attributes:
        entrance: makes the Caller of a request; None in pass-through.
        kept: what is to be read again when its files change.
        also: each begins to read again what is in no file.

    """

    entrance: Entrance | None = None
    kept: Sequence[Kept[Any]] = ()
    also: Sequence[Callable[[], None]] = ()


@dataclass(frozen=True, slots=True)
class Files:
    """What is in the files that the settings name. `keys` is None where there are none, or at a URL."""

    callers: Kept[callers.Callers]
    owned: Kept[Owned]
    keys: KeyFile | None

    @property
    def kept(self) -> list[Kept[Any]]:
        """Those that depend on files."""
        return [each for each in (self.callers, self.owned, self.keys) if each and each.files]


def checked(trust: Trust) -> Files:
    """All files that the settings name, read. ConfigError if something is wrong."""
    issuer = trust.issuer

    def read_callers() -> callers.Callers:
        return callers.read(CALLERS, text(CALLERS, trust.callers), tokens=issuer is not None)

    def read_accounts() -> Owned:
        return Owned(*(account.credentials() if account else None for account in (trust.iem, trust.bpm)))

    passwords = [file for account in (trust.iem, trust.bpm) if account for file in account.files]
    return Files(
        Kept("who may call", (trust.callers,), read_callers),
        Kept("own accounts", passwords, read_accounts),
        KeyFile(KEYS, issuer.keys) if issuer and "://" not in issuer.keys else None,
    )


@asynccontextmanager
async def accessed(trust: Trust | None, fetch: Fetch) -> AsyncIterator[Access]:
    """How callers are authenticated as long as the block lasts. ConfigError as `checked`.

    `fetch` reads the keys of tokens if they are at a URL.
    """
    if trust is None:
        yield Access()
        return
    files, issuer = checked(trust), trust.issuer
    if issuer is None:
        yield Access(Entrance(files.callers, None, files.owned), files.kept)
        return
    found = files.keys or KeyUrl(KEYS, issuer.keys, fetch)
    async with found if isinstance(found, KeyUrl) else nullcontext():
        tokens = Tokens(issuer.name, issuer.audience, found)
        also = [found.reload] if isinstance(found, KeyUrl) else []
        yield Access(Entrance(files.callers, tokens, files.owned), files.kept, also)
