"""The command line: `facade serve | sandbox | check | schema`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version

from facade import sandbox
from facade.check import findings
from facade.config import ConfigError, Settings, address, load
from facade.graphql import schema
from facade.logs import configure
from facade.rpc.server import descriptor_set
from facade.server import Running, running

WRONG = 1  # exit status: something is not as it should be
MISUSED = 2  # exit status: a setting or an argument is wrong
URLS = {"token": "token_url", "publish": "publish_url", "integration": "integration_url", "bpm": "bpm_url"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that `arguments` (default: those of the process) name; returns the exit status."""
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except ConfigError as error:
        print(f"facade: {error}", file=sys.stderr)
        return MISUSED


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    root = argparse.ArgumentParser(prog="facade", description="gRPC and GraphQL in front of three REST APIs.")
    root.add_argument("--version", action="version", version=f"facade {version('facade')}")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("serve", help="serve both faces")
    command.add_argument("--sandbox", action="store_true", help="in front of a sandbox of the REST APIs")
    command.add_argument("--config", metavar="FILE", help="settings in TOML; the environment overrides them")
    command.set_defaults(command=lambda options: asyncio.run(serve(options.config, with_sandbox=options.sandbox)))

    command = commands.add_parser("sandbox", help="run the sandbox of the REST APIs alone")
    defaults = sandbox.Options()
    command.add_argument("--address", default="127.0.0.1:8090", help="where it listens (%(default)s)")
    command.add_argument("--users", type=int, default=defaults.users, help="BPM users (%(default)s)")
    command.add_argument("--token-lifetime", type=float, default=defaults.token_lifetime, help="seconds (%(default)s)")
    command.add_argument("--echo-bodies", action="store_true", help="answer PUT and DELETE with a body")
    command.add_argument(
        "--tenant-status",
        type=int,
        choices=(401, 400),
        default=defaults.tenant_status,
        help="Publish's status for customer errors: the guide's table says 401, a screenshot 400",
    )
    command.set_defaults(command=run_sandbox)

    command = commands.add_parser("check", help="check the settings and ask each upstream")
    command.add_argument("--config", metavar="FILE", help="settings in TOML; the environment overrides them")
    command.set_defaults(command=check)

    command = commands.add_parser("schema", help="print a schema")
    command.add_argument("face", choices=("graphql", "descriptor"), help="SDL, or a binary FileDescriptorSet")
    command.set_defaults(command=print_schema)
    return root


async def serve(config: str | None, *, with_sandbox: bool) -> int:
    """Serves until SIGTERM or SIGINT, then drains."""
    stop = stopping()
    async with behind(load(config), with_sandbox=with_sandbox) as settings:
        configure(settings.log_level, settings.log_format)
        async with running(settings) as facade:
            print(welcome(settings, facade, sandboxed=with_sandbox), flush=True)
            await stop.wait()
            print("facade: draining", flush=True)
    return 0


@asynccontextmanager
async def behind(settings: Settings, *, with_sandbox: bool) -> AsyncIterator[Settings]:
    """The settings, with the upstreams' URLs pointing to a new sandbox if one is asked for."""
    if not with_sandbox:
        yield with_upstream(settings)
        return
    if given := configured(settings):
        raise ConfigError(f"--sandbox: cannot be combined with FACADE_{given[0].upper()}")
    async with sandbox.running() as upstream:
        yield settings.model_copy(update=dict.fromkeys(URLS.values(), upstream.url) | {"mode": "development"})


def configured(settings: Settings) -> list[str]:
    """The settings of the upstreams that there are."""
    return [name for name in URLS.values() if getattr(settings, name)]


def with_upstream(settings: Settings) -> Settings:
    """The same settings. ConfigError if they name no upstream at all."""
    if not configured(settings):
        raise ConfigError("FACADE_PUBLISH_URL: no upstream is configured; set a URL, or try --sandbox")
    return settings


def welcome(settings: Settings, facade: Running, *, sandboxed: bool) -> str:
    """What a user wants to know when the facade has started."""
    lines = [f"facade {version('facade')}, {settings.mode} mode", f"  gRPC     {facade.grpc}"]
    lines.append(f"  GraphQL  {facade.http}/graphql")
    if sandboxed:
        lines.append(f"  sandbox  {settings.token_url}  (accounts, faults, request log: GET /)")
    else:
        for name, field in URLS.items():
            lines.append(f"  {name + ' API':16} {getattr(settings, field) or 'not configured: its operations are off'}")
    if settings.publish_url and not settings.token_url:
        lines.append("  Publishing with Basic credentials needs FACADE_TOKEN_URL; tokens work.")
    if sandboxed:
        lines += [
            "Try it:",
            f"  curl -s {facade.http}/graphql -u api@example.com:sandbox -H 'content-type: application/json' \\",
            """    -d '{"query": "{ users(first: 3) { nodes { mail cn sn } totalCount } }"}'""",
        ]
    return "\n".join(lines)


def run_sandbox(options: argparse.Namespace) -> int:
    """Runs the sandbox until SIGTERM or SIGINT."""
    try:
        host, _, port = address(options.address).rpartition(":")
    except ValueError as error:
        raise ConfigError(f"--address: {error}") from None
    try:
        chosen = sandbox.Options(
            token_lifetime=options.token_lifetime,
            users=options.users,
            echo_bodies=options.echo_bodies,
            tenant_status=options.tenant_status,
        )
    except ValueError as error:
        raise ConfigError(f"sandbox: {error}") from None

    async def run() -> int:
        stop = stopping()
        try:
            async with sandbox.running(chosen, host.strip("[]"), int(port)) as upstream:
                print(f"sandbox of the REST APIs at {upstream.url}", flush=True)
                await stop.wait()
        except OSError as error:
            raise ConfigError(f"--address: cannot listen on {options.address}: {error.strerror}") from None
        return 0

    return asyncio.run(run())


def check(options: argparse.Namespace) -> int:
    """Prints what is found at each upstream."""
    found = asyncio.run(findings(with_upstream(load(options.config))))
    for each in found:
        print(f"{'ok   ' if each.well else 'WRONG'} {each.setting:22} {each.text}")
    return 0 if all(each.well for each in found) else WRONG


def print_schema(options: argparse.Namespace) -> int:
    """Prints the SDL, or writes the descriptor set."""
    if options.face == "graphql":
        sys.stdout.write(schema.sdl())
    else:
        sys.stdout.buffer.write(descriptor_set())
    return 0


def stopping() -> asyncio.Event:
    """Set when the process is asked to end."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
