"""The way to a running facade."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

from facade.client.failure import CallError, MisuseError

REACH = 20.0  # seconds
OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.keepalive_time_ms", 60_000),  # servers cut off clients who ask more often than each five minutes without
    ("grpc.keepalive_timeout_ms", 20_000),  # a call in flight; with one, a vanished facade is noticed after this
    ("grpc.enable_http_proxy", 0),  # credentials go to the facade and nobody else
    ("grpc.enable_retries", 0),  # nothing is sent twice unasked
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the facade is.

    Attributes:
        address: host and port of gRPC.
        tls: whether to connect with TLS.
        ca: file of the certificates (PEM) that vouch for it; None for the usual ones.
        certificate: file of the certificate (PEM) that is shown to it; None for none.
        key: file of its private key.

    """

    address: str
    tls: bool = False
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None


@asynccontextmanager
async def connected(target: Target) -> AsyncIterator[grpc.aio.Channel]:
    """A channel that is connected: a facade that is not there is told before anything is sent (CallError)."""
    async with opened(target) as channel:
        try:
            async with asyncio.timeout(REACH):
                await ready(channel)
        except (TimeoutError, ConnectionError):
            raise CallError(f"cannot reach a facade at {target.address}", "UNAVAILABLE", certain=True) from None
        yield channel


def opened(target: Target) -> grpc.aio.Channel:
    """A channel. MisuseError if the certificates cannot be read."""
    if bool(target.certificate) != bool(target.key):
        raise MisuseError("--certificate and --key: one needs the other")
    if not (target.tls or target.ca or target.certificate):
        return grpc.aio.insecure_channel(target.address, options=OPTIONS)
    roots, key = content("--ca", target.ca), content("--key", target.key)
    credentials = grpc.ssl_channel_credentials(roots, key, content("--certificate", target.certificate))
    return grpc.aio.secure_channel(target.address, credentials, options=OPTIONS)


def content(option: str, file: str | None) -> bytes | None:
    """What the file of an option holds. MisuseError if it cannot be read."""
    try:
        return Path(file).read_bytes() if file else None
    except OSError as error:
        raise MisuseError(f"{option}: cannot read {file}: {error.strerror}") from None


async def ready(channel: grpc.aio.Channel) -> None:
    """Returns when the channel is connected; ConnectionError if the first attempt fails."""
    state = channel.get_state(try_to_connect=True)
    while state is not grpc.ChannelConnectivity.READY:
        if state in (grpc.ChannelConnectivity.TRANSIENT_FAILURE, grpc.ChannelConnectivity.SHUTDOWN):
            raise ConnectionError
        await channel.wait_for_state_change(state)
        state = channel.get_state(try_to_connect=True)


def target(options: argparse.Namespace) -> Target:
    """What the command's options say."""
    return Target(options.address, options.tls, options.ca, options.certificate, options.key)
