"""Puts the entrance together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from facade.access import callers
from facade.access.entrance import Entrance
from facade.access.keys import Fetch, KeyFile, KeyUrl
from facade.access.own import Account, Owned
from facade.access.source import Renewable, Source, text
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


def checked(trust: Trust) -> tuple[Source[callers.Callers], Source[Owned], KeyFile | None]:
    """All that the settings name, read. ConfigError if something is wrong."""
    issuer = trust.issuer

    def read_callers() -> callers.Callers:
        return callers.read(CALLERS, text(CALLERS, trust.callers), tokens=issuer is not None)

    def read_accounts() -> Owned:
        return Owned(*(account.credentials() if account else None for account in (trust.iem, trust.bpm)))

    files = tuple(file for account in (trust.iem, trust.bpm) if account for file in account.files)
    keys = KeyFile(KEYS, issuer.keys) if issuer and "://" not in issuer.keys else None
    return Source((trust.callers,), read_callers), Source(files, read_accounts), keys


@asynccontextmanager
async def entrance(trust: Trust | None, fetch: Fetch) -> AsyncIterator[Entrance | None]:
    """What authenticates callers as long as the block lasts, or None where they are not. ConfigError as `checked`.

    `fetch` reads the keys of tokens if they are at a URL.
    """
    if trust is None:
        yield None
        return
    known, owned, keys = checked(trust)
    sources: list[Renewable] = [known, owned]
    if trust.issuer is None:
        yield Entrance(known, None, owned, sources)
        return
    found = keys or KeyUrl(KEYS, trust.issuer.keys, fetch)
    async with found if isinstance(found, KeyUrl) else nullcontext():
        tokens = Tokens(trust.issuer.name, trust.issuer.audience, found)
        yield Entrance(known, tokens, owned, [*sources, found])


def kept(access: Entrance | None) -> list[Kept[None]]:
    """What is read again when its files change; keys at a URL are read again by themselves."""
    sources = access.sources if access else ()
    return [Kept("who may call, and own accounts", each.files, each.reload) for each in sources if each.files]
