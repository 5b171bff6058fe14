"""`facade check`: asks each upstream, without credentials, whether it is what it should be.

Then it tries what the facade authenticates with, if it does: the keys of tokens, where they are at a URL, and the
accounts of its own, with a login or by reading. Nothing is changed anywhere, and each password is sent once.
"""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from facade.access.connect import KEYS, Files, Trust, checked
from facade.access.keys import parsed
from facade.access.own import Account
from facade.assembly import connected
from facade.caller import Caller, Own
from facade.certificates import certificates
from facade.config import Settings
from facade.domain.provisioning import Window
from facade.errors import Code, ConfigError, FacadeError
from facade.upstreams.connect import Upstreams
from facade.upstreams.credentials import told
from facade.upstreams.document import fetched
from facade.upstreams.transport import Transport

TIMEOUT = 10.0  # seconds for each upstream
# What an upstream that is there says to a call without credentials.
REFUSALS = frozenset({Code.UNAUTHENTICATED, Code.PERMISSION_DENIED, Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION})


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: the setting that it is about, whether that is well, and a sentence."""

    setting: str
    well: bool
    text: str


async def findings(settings: Settings) -> list[Finding]:
    """One finding an upstream, in the order of the settings; then what `trusted` finds.

    ConfigError if a file that the settings name cannot be used.
    """
    tls = certificates(settings).upstreams.current
    files = checked(settings.trust) if settings.trust else None
    async with Transport(max_answer=settings.max_answer_bytes, tls=tls) as transport:
        upstreams = connected(settings, transport)
        found = [
            await finding("FACADE_TOKEN_URL", settings.token_url, upstreams.token.probe, needs_refusal=True),
            await finding("FACADE_PUBLISH_URL", settings.publish_url, upstreams.publish.probe, needs_refusal=False),
            await finding(
                "FACADE_INTEGRATION_URL", settings.integration_url, upstreams.ticket.probe, needs_refusal=True
            ),
            await finding("FACADE_BPM_URL", settings.bpm_url, upstreams.provisioning.probe, needs_refusal=True),
        ]
        if settings.trust and files:
            found += await trusted(settings.trust, files, upstreams, transport)
        return found


async def finding(
    setting: str, url: str | None, probe: Callable[[Caller], Awaitable[None]], *, needs_refusal: bool
) -> Finding:
    """Probes one upstream. One that serves strangers where it should refuse them is not what it should be."""
    if url is None:
        return Finding(setting, True, "not configured: its operations are switched off")
    try:
        await probe(caller())
    except FacadeError as error:
        if needs_refusal and error.code in REFUSALS:
            return Finding(setting, True, f"{url} answers and asks for credentials")
        return Finding(setting, False, f"{url}: {said(error)}")
    if needs_refusal:
        return Finding(setting, False, f"{url} answers without asking for credentials")
    return Finding(setting, True, f"{url} answers that it is running")


async def trusted(trust: Trust, files: Files, upstreams: Upstreams, transport: Transport) -> list[Finding]:
    """The keys of tokens, and the facade's own accounts: one finding for each that there is to try."""
    found = []
    if trust.issuer and not files.keys:
        found.append(await keys(trust.issuer.keys, transport))
    owned = files.owned.current()

    async def log_in(own: Own) -> None:
        await upstreams.token.log_in(own, caller())

    async def read(own: Own) -> None:
        await upstreams.provisioning.page(Window(size=1), caller(own))

    if trust.iem and owned.iem:
        nothing = None if upstreams.token.rest.configured else "without FACADE_TOKEN_URL nothing could only be read"
        found.append(await account(trust.iem, owned.iem, log_in, nothing))
    if trust.bpm and owned.bpm:
        nothing = None if upstreams.provisioning.rest.configured else "FACADE_BPM_URL is not configured"
        found.append(await account(trust.bpm, owned.bpm, read, nothing))
    return found


async def account(known: Account, own: Own, attempt: Callable[[Own], Awaitable[None]], nothing: str | None) -> Finding:
    """Whether `attempt` is let through with an account; `nothing` says why it cannot be made, or is None."""
    if nothing:
        return Finding(known.setting, True, f"{known.user} was not tried: {nothing}")
    try:
        await attempt(own)
    except FacadeError as error:
        return Finding(known.setting, False, f"{known.user}: {said(told(error, own))}")
    return Finding(known.setting, True, f"{known.user} is let in")


async def keys(url: str, transport: Transport) -> Finding:
    """Whether there are keys at a URL to check tokens with."""
    try:
        number = len(parsed(KEYS, (await fetched(transport, url)).decode(errors="replace")).keys)
    except ConnectionError as error:
        return Finding(KEYS, False, str(error))
    except ConfigError as error:
        return Finding(KEYS, False, f"{url} {str(error).removeprefix(f'{KEYS}: ')}")
    return Finding(KEYS, True, f"{url} has {number} {'key' if number == 1 else 'keys'} to check tokens with")


def caller(bpm: Own | None = None) -> Caller:
    """Who asks one upstream, beginning now."""
    return Caller(None, bpm, time.monotonic() + TIMEOUT, secrets.token_hex(16))


def said(error: FacadeError) -> str:
    """An error in one line."""
    status = f" (HTTP {error.upstream_status})" if error.upstream_status else ""
    return f"{error.message}{status} [{error.code} {error.reason}]"
