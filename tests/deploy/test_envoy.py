"""Envoy's configuration fits the facade that it stands in front of, and Envoy takes it."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf.descriptor_pb2 import MethodOptions

from benchmarks.replicas import envoy
from facade.caller import HEADERS
from facade.config import load
from facade.rpc import server as rpc
from tests.deploy.documents import DEPLOY, one, pod, seconds
from tests.deploy.edge import needed

CONFIG: Any = yaml.safe_load((DEPLOY / "envoy" / "envoy.yaml").read_text())
[LISTENER] = CONFIG["static_resources"]["listeners"]
HTTP = LISTENER["filter_chains"][0]["filters"][0]["typed_config"]
ROUTES = HTTP["route_config"]["virtual_hosts"][0]["routes"]
CLUSTERS = {cluster["name"]: cluster for cluster in CONFIG["static_resources"]["clusters"]}
METHODS = [
    (f"/{method.containing_service.full_name}/{method.name}", method.GetOptions().idempotency_level)
    for file in rpc.FILES
    for service in file.services_by_name.values()
    for method in service.methods
]
UNBEGUN = {"connect-failure", "refused-stream", "reset-before-request", "retriable-headers"}


def route(path: str) -> Any:
    """The route that Envoy takes for a path."""
    for each in ROUTES:
        match = each["match"]
        if (
            re.fullmatch(match.get("safe_regex", {}).get("regex", "(?!)"), path)
            or match.get("path") == path
            or ("prefix" in match and path.startswith(match["prefix"]))
        ):
            return each
    raise AssertionError(f"no route for {path}")


@needed
def test_envoy_takes_it(tmp_path: Path) -> None:
    program = envoy.binary()
    assert program is not None
    file = tmp_path / "envoy.yaml"
    file.write_text(envoy.moved("envoy.yaml", tmp_path))
    for each in ("own.yaml", "replicas.yaml"):
        (tmp_path / each).write_text(envoy.moved(each, tmp_path))
    done = subprocess.run(
        [program, "--mode", "validate", "-c", str(file), "--log-level", "warning"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr.lower()


@pytest.mark.parametrize(("path", "level"), METHODS)
def test_only_reads_are_sent_again_after_they_may_have_begun(path: str, level: int) -> None:
    policy = route(path)["route"]["retry_policy"]
    allowed = set(policy["retry_on"].split(","))
    assert allowed - UNBEGUN == ({"reset"} if level == MethodOptions.NO_SIDE_EFFECTS else set())
    assert policy["retriable_headers"] == [
        {"name": name, "string_match": {"exact": "0"}} for name in ("grpc-retry-pushback-ms", "retry-after")
    ]


def test_of_graphql_nothing_is_sent_again_that_may_have_begun() -> None:
    assert set(route("/graphql")["route"]["retry_policy"]["retry_on"].split(",")) == UNBEGUN


@pytest.mark.parametrize("path", [path for path, _ in METHODS] + ["/graphql"])
def test_nothing_is_cut_that_the_facade_lets_go_on(path: str) -> None:
    settings = load()
    assert route(path)["route"]["timeout"] == "0s"
    assert seconds(HTTP["stream_idle_timeout"]) > settings.bulk_timeout
    assert "max_stream_duration" not in str(CONFIG)
    assert seconds(HTTP["request_headers_timeout"]) <= settings.head_timeout


def test_envoy_gives_idle_connections_up_before_the_facade_does() -> None:
    for cluster in CLUSTERS.values():
        [options] = cluster["typed_extension_protocol_options"].values()
        assert seconds(options["common_http_protocol_options"]["idle_timeout"]) < load().keep_alive_timeout


def test_envoy_pings_no_more_often_than_the_facade_bears_and_opens_no_more_streams() -> None:
    [options] = CLUSTERS["facade_grpc"]["typed_extension_protocol_options"].values()
    http2 = options["explicit_http_config"]["http2_protocol_options"]
    assert seconds(http2["connection_keepalive"]["interval"]) * 1000 > rpc.PING_INTERVAL
    assert http2["max_concurrent_streams"] <= rpc.MAX_STREAMS


def test_pages_may_send_all_headers_that_the_facade_reads() -> None:
    policy = ROUTES[0]["typed_per_filter_config"]["cors"]
    assert set(policy["allow_headers"].split(", ")) >= HEADERS - {"cookie"}
    assert "allow_credentials" not in policy, "what a browser attaches by itself is no consent"


def test_a_pod_that_is_to_end_is_left_alone_before_it_refuses_anything() -> None:
    delay = float(one("kubernetes", "ConfigMap")["data"]["FACADE_DRAIN_DELAY"])
    for cluster in CLUSTERS.values():
        [check] = cluster["health_checks"]
        assert seconds(check["interval"]) + seconds(check["timeout"]) < delay
        assert check["no_traffic_interval"] == check["interval"], "its default is a minute"
        assert cluster["common_lb_config"]["healthy_panic_threshold"]["value"] == 0


def test_failures_of_an_upstream_put_no_replica_out() -> None:
    for cluster in CLUSTERS.values():
        outliers = cluster["outlier_detection"]
        assert outliers["split_external_local_origin_errors"] is True
        assert [outliers[f"enforcing_{name}"] for name in ("consecutive_5xx", "consecutive_gateway_failure")] == [0, 0]


def test_it_asks_for_the_ports_and_names_that_kubernetes_has() -> None:
    ports = {port["name"]: port["port"] for port in one("kubernetes", "Service", "facade-replicas")["spec"]["ports"]}
    for name, cluster in CLUSTERS.items():
        [group] = cluster["load_assignment"]["endpoints"]
        [there] = group["lb_endpoints"]
        assert there["endpoint"]["address"]["socket_address"] == {
            "address": "facade-replicas",
            "port_value": ports[name.removeprefix("facade_")],
        }


def test_its_deployment_has_its_files_and_ports() -> None:
    [container] = pod("envoy", "facade-edge")["containers"]
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    for each in ("envoy.yaml", "own.yaml", "replicas.yaml"):
        text = (DEPLOY / "envoy" / each).read_text()
        folders = {path.rpartition("/")[0] for path in re.findall(r"(?:filename|path): (/etc/[^,}\s]+\.[a-z]+)", text)}
        assert folders <= mounts
    [port] = container["ports"]
    assert port["containerPort"] == LISTENER["address"]["socket_address"]["port_value"]
    script = container["lifecycle"]["preStop"]["exec"]["command"][-1]
    admin = CONFIG["admin"]["address"]["socket_address"]
    assert f"/dev/tcp/{admin['address']}/{admin['port_value']}" in script
    assert admin["address"] == "127.0.0.1"
    monitors = CONFIG["overload_manager"]["resource_monitors"]
    limit = container["resources"]["limits"]["memory"]
    assert monitors[0]["typed_config"]["max_heap_size_bytes"] == 0.75 * 1024**3
    assert limit == "1Gi"
