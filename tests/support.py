"""Small things that tests share."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import httpx

from facade.config import Settings

PATIENT = 3600.0  # seconds that a facade may be late on a machine that runs tests


def basic(email: str = "api@example.com", password: str = "sandbox") -> dict[str, str]:
    """The headers of a caller with Basic credentials."""
    return {"authorization": "Basic " + b64encode(f"{email}:{password}".encode()).decode()}


def settings_for(url: str, **changes: Any) -> Settings:
    """Settings of a facade on free ports whose upstreams are all at `url`."""
    given: dict[str, Any] = {
        "token_url": url,
        "publish_url": url,
        "integration_url": url,
        "bpm_url": url,
        "grpc_address": "127.0.0.1:0",
        "http_address": "127.0.0.1:0",
        "mode": "development",
        "drain_timeout": 5.0,
        "insecure_upstreams": True,
        "max_lateness": PATIENT,  # tests share the facade's loop and keep it busy
    }
    return Settings(**(given | changes))


async def until(condition: Callable[[], bool], timeout: float = 60.0) -> float:
    """Waits until `condition` holds, letting other tasks run; returns the seconds it took. Fails after `timeout`,
    which is long beside what a busy machine makes of it."""
    started = time.monotonic()
    while not condition():
        if time.monotonic() - started > timeout:
            raise AssertionError("the condition did not come true in time")
        await asyncio.sleep(0.001)  # not a wait for luck: the condition decides
    return time.monotonic() - started


def quiet(count: Callable[[], int], seconds: float = 0.3) -> Callable[[], bool]:
    """A condition: `count` has not changed for so long."""
    seen, since = -1, time.monotonic()

    def condition() -> bool:
        nonlocal seen, since
        if seen != count():
            seen, since = count(), time.monotonic()
        return time.monotonic() - since > seconds

    return condition


async def set_faults(url: str, *faults: dict[str, Any]) -> None:
    """Sets the sandbox's faults."""
    async with httpx.AsyncClient(base_url=url) as client:
        (await client.put("/sandbox/faults", json=list(faults))).raise_for_status()
