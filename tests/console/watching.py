"""Reads the console's events."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from facade.server import Running

Event = tuple[str, dict[str, Any]]


async def events(answer: httpx.Response) -> AsyncIterator[Event]:
    """Each event: its name, and its data."""
    name = ""
    async for line in answer.aiter_lines():
        key, _, value = line.partition(": ")
        if key == "event":
            name = value
        elif key.startswith("data"):
            yield name, json.loads(value or "{}")


@asynccontextmanager
async def watching(facade: Running, **headers: str) -> AsyncIterator[httpx.Response]:
    """The answer while it comes."""
    async with (
        httpx.AsyncClient(base_url=facade.http, timeout=60) as client,
        client.stream("GET", "/console/events", headers=headers) as answer,
    ):
        yield answer
