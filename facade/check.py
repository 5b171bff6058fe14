"""`facade check`: asks each upstream, without credentials, whether it is what it should be."""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from facade.assembly import connected
from facade.caller import Caller
from facade.certificates import certificates
from facade.config import Settings
from facade.errors import Code, FacadeError
from facade.upstreams.transport import Transport

TIMEOUT = 10.0  # seconds for each upstream
# What an upstream that is there says to a call without credentials.
REFUSALS = frozenset({Code.UNAUTHENTICATED, Code.PERMISSION_DENIED, Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION})


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found at one upstream: its setting, whether that is well, and a sentence."""

    setting: str
    well: bool
    text: str


async def findings(settings: Settings) -> list[Finding]:
    """One finding an upstream, in the order of the settings. ConfigError if a certificate cannot be used."""
    tls = certificates(settings).upstreams.current
    async with Transport(max_answer=settings.max_answer_bytes, tls=tls) as transport:
        upstreams = connected(settings, transport)
        return [
            await finding("FACADE_TOKEN_URL", settings.token_url, upstreams.token.probe, needs_refusal=True),
            await finding("FACADE_PUBLISH_URL", settings.publish_url, upstreams.publish.probe, needs_refusal=False),
            await finding(
                "FACADE_INTEGRATION_URL", settings.integration_url, upstreams.ticket.probe, needs_refusal=True
            ),
            await finding("FACADE_BPM_URL", settings.bpm_url, upstreams.provisioning.probe, needs_refusal=True),
        ]


async def finding(
    setting: str, url: str | None, probe: Callable[[Caller], Awaitable[None]], *, needs_refusal: bool
) -> Finding:
    """Probes one upstream. One that serves strangers where it should refuse them is not what it should be."""
    if url is None:
        return Finding(setting, True, "not configured: its operations are switched off")
    caller = Caller(None, None, time.monotonic() + TIMEOUT, secrets.token_hex(16))
    try:
        await probe(caller)
    except FacadeError as error:
        if needs_refusal and error.code in REFUSALS:
            return Finding(setting, True, f"{url} answers and asks for credentials")
        status = f" (HTTP {error.upstream_status})" if error.upstream_status else ""
        return Finding(setting, False, f"{url}: {error.message}{status} [{error.code} {error.reason}]")
    if needs_refusal:
        return Finding(setting, False, f"{url} answers without asking for credentials")
    return Finding(setting, True, f"{url} answers that it is running")
