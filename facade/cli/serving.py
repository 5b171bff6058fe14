"""The commands that run until they are told to end: `facade serve` and `facade sandbox`."""

import argparse
import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from facade import loop, sandbox
from facade.access.connect import checked
from facade.cli.welcome import URLS, welcome
from facade.config import ConfigError, Settings, load
from facade.logs import configure
from facade.settings.values import address
from facade.supervisor.supervisor import supervised

MOST_WORKERS = 64  # more processes than any machine has use for here: a slip of the keyboard


def serve(options: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT, then drains."""
    chosen = None
    if options.sandbox:
        chosen = sandbox_options(**({} if options.users is None else {"users": options.users}))
    elif options.users is not None:
        raise ConfigError("--users: is about the sandbox, and needs --sandbox")

    if not 1 <= options.workers <= MOST_WORKERS:
        raise ConfigError(f"--workers: must be from 1 to {MOST_WORKERS}")

    async def run() -> int:
        stop = stopping()
        async with behind(load(options.config), chosen) as settings:
            configure(settings.log_level, settings.log_format)

            def show(grpc: str, http: str) -> None:
                print(welcome(settings, grpc, http, options.workers, sandboxed=chosen is not None), flush=True)

            if options.workers == 1:
                await alone(settings, stop, show)
            else:
                await together(settings, options.workers, stop, show)
        return 0

    return loop.run(run())


async def alone(settings: Settings, stop: asyncio.Event, show: Callable[[str, str], None]) -> None:
    """Serves in this process until `stop`. Calls `show` with both addresses when it does."""
    from facade.server import running  # noqa: PLC0415 - a supervisor does not load what serves

    async with running(settings) as facade:
        at_hangup(facade.renewal.now, stop)
        loop.settled()
        show(facade.grpc, facade.http)
        await stop.wait()
        print("facade: draining", flush=True)


async def together(settings: Settings, workers: int, stop: asyncio.Event, show: Callable[[str, str], None]) -> None:
    """The same in so many processes."""
    if settings.trust:
        checked(settings.trust)  # before any process starts: a worker could only end
    async with supervised(settings, workers) as supervisor:
        at_hangup(supervisor.renew, stop)
        await supervisor.run(stop, lambda: show(supervisor.grpc, supervisor.http))
        print("facade: draining", flush=True)


def sandbox_options(**given: Any) -> sandbox.Options:
    """How the sandbox is to be. ConfigError if it cannot be so."""
    try:
        return sandbox.Options(**given)
    except ValueError as error:
        raise ConfigError(f"sandbox: {error}") from None


@asynccontextmanager
async def behind(settings: Settings, chosen: sandbox.Options | None) -> AsyncIterator[Settings]:
    """The settings, with the upstreams' URLs pointing to a new sandbox if one is `chosen`."""
    if chosen is None:
        yield with_upstream(settings)
        return
    if given := configured(settings):
        raise ConfigError(f"--sandbox: cannot be combined with FACADE_{given[0].upper()}")
    async with sandbox.running(chosen) as upstream:
        yield settings.model_copy(update=dict.fromkeys(URLS.values(), upstream.url) | {"mode": "development"})


def configured(settings: Settings) -> list[str]:
    """The settings of the upstreams that there are."""
    return [name for name in URLS.values() if getattr(settings, name)]


def with_upstream(settings: Settings) -> Settings:
    """The same settings. ConfigError if they name no upstream at all."""
    if not configured(settings):
        raise ConfigError("FACADE_PUBLISH_URL: no upstream is configured; set a URL, or try --sandbox")
    return settings


def run_sandbox(options: argparse.Namespace) -> int:
    """Runs the sandbox until SIGTERM or SIGINT."""
    try:
        host, _, port = address(options.address).rpartition(":")
    except ValueError as error:
        raise ConfigError(f"--address: {error}") from None
    chosen = sandbox_options(
        token_lifetime=options.token_lifetime,
        users=options.users,
        echo_bodies=options.echo_bodies,
        tenant_status=options.tenant_status,
    )

    async def run() -> int:
        stop = stopping()
        try:
            async with sandbox.running(chosen, host.strip("[]"), int(port)) as upstream:
                print(f"sandbox of the REST APIs at {upstream.url}", flush=True)
                await stop.wait()
        except OSError as error:
            raise ConfigError(f"--address: cannot listen on {options.address}: {error.strerror}") from None
        return 0

    return loop.run(run())


def stopping() -> asyncio.Event:
    """Set when the process is asked to end."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def at_hangup(renew: Callable[[], None], stop: asyncio.Event) -> None:
    """Calls `renew` at SIGHUP; or sets `stop`, if the process was started at a terminal which has gone since."""
    at_terminal = os.isatty(0)

    def hangup() -> None:
        if at_terminal and not os.isatty(0):
            stop.set()
        else:
            renew()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup)
