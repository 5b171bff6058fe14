"""Talks to a sandbox over TCP, byte for byte."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from facade.sandbox import Running

HEALTH = b"GET /publish/healthcheck/ HTTP/1.1\r\nhost: sandbox\r\n\r\n"
HEALTH_AND_CLOSE = HEALTH[:-2] + b"connection: close\r\n\r\n"


@asynccontextmanager
async def connected(
    sandbox: Running, sent: bytes = b""
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    at = urlsplit(sandbox.url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    try:
        writer.write(sent)
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(ConnectionResetError):
            await writer.wait_closed()


async def exchange(sandbox: Running, sent: bytes) -> bytes:
    async with connected(sandbox, sent) as (reader, _):
        return await reader.read()


async def control(sandbox: Running, method: str, path: str, value: Any = None) -> dict[str, Any]:
    body = b"" if value is None else json.dumps(value).encode()
    head = (
        f"{method} /sandbox/{path} HTTP/1.1\r\nhost: sandbox\r\nconnection: close\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    answer = await exchange(sandbox, head.encode() + body)
    got: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return got


async def log_when(sandbox: Running, key: str, value: object) -> dict[str, Any]:
    """The log as soon as it says so."""
    async with asyncio.timeout(10):
        while (log := await control(sandbox, "GET", "requests"))[key] != value:
            pass
        return log
