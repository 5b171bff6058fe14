"""The sandbox's faults, by which its upstreams fail as they are told."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

FAULTS = os.environ.get("SANDBOX", "http://127.0.0.1:8090") + "/sandbox/faults"


@asynccontextmanager
async def misbehaving(path: str, **fault: Any) -> AsyncIterator[None]:
    """The upstream behind the path misbehaves until the block ends; facade/sandbox/faults.py has the list of how."""
    async with httpx.AsyncClient() as client:
        (await client.put(FAULTS, json=[{"path": path} | fault])).raise_for_status()
        try:
            yield
        finally:
            (await client.delete(FAULTS)).raise_for_status()
