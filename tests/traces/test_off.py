"""Without a collector nothing of tracing is there; with one, nothing of OpenTelemetry's own packages is needed."""

import json
import subprocess
import sys

import pytest

from facade.errors import ConfigError
from facade.traces.connect import OFF, headers
from tests.commands import command

LOADED = """
import json, sys
from facade import server, worker, cli
print(json.dumps(sorted(name for name in sys.modules if name.partition(".")[0] in {"opentelemetry", "requests"})))
"""


def test_no_package_of_opentelemetry_is_loaded() -> None:
    told = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == []
    assert OFF.tracer is None


@pytest.mark.parametrize("workers", ["1", "2"])
def test_opentelemetry_s_own_variables_switch_nothing_on(workers: str) -> None:
    others = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_TRACES_EXPORTER": "otlp"}
    with command(
        "serve",
        "--sandbox",
        "--workers",
        workers,
        FACADE_GRPC_ADDRESS="127.0.0.1:0",
        FACADE_HTTP_ADDRESS="127.0.0.1:0",
        **others,
    ) as running:
        shown = running.lines_until("    -d")
        assert not any("traces" in line for line in shown)
        status, _, errors = running.end()
    assert (status, "traces" in errors) == (0, False)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("a=b", [("a", "b")]),
        ("A = b%20c , d=e=f,", [("a", "b c"), ("d", "e=f")]),
        ("a=1\nb=2\r\n", [("a", "1"), ("b", "2")]),
    ],
)
def test_headers_are_read_as_opentelemetry_writes_them(text: str, found: list[tuple[str, str]]) -> None:
    assert headers("X", text) == found


@pytest.mark.parametrize(
    "text", ["canary", "canary=", "=canary", "a b=canary", "a=canary%0d%0ab: c", "Host=canary", "a=ü"]
)
def test_headers_that_are_none_are_refused_without_their_text(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        headers("FACADE_TRACES_HEADERS", text)
    assert str(caught.value).startswith("FACADE_TRACES_HEADERS: ")
    assert "canary" not in str(caught.value)
