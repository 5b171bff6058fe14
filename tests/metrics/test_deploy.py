"""The dashboard and the alerts ask for what there is, and for all that there is."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from facade.server import Running
from tests.faces.client import Face
from tests.metrics.expressions import asked, mistakes, there

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "facade.json").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
PROMTOOL = shutil.which("promtool")
WIDTH = 24  # of a dashboard


def expressions() -> Iterator[Any]:
    """All expressions of both, each with where it is."""
    for panel in PANELS:
        for target in panel["targets"]:
            yield pytest.param(target["expr"], id=f"panel {panel['title']} {target['refId']}")
    for rule in RULES:
        yield pytest.param(rule["expr"], id=f"alert {rule['alert']}")
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield pytest.param(variable["definition"], id=f"variable {variable['name']}")


@pytest.mark.parametrize("expression", [*expressions()])
def test_what_it_asks_for_is_there(expression: str) -> None:
    assert asked(expression) or expression.startswith("up{")
    assert list(mistakes(expression)) == []


@pytest.mark.parametrize(
    ("expression", "mistake"),
    [
        ("rate(facade_requests[5m])", "there is no facade_requests"),
        ("facade_upstream_up{face='x'} + facade_sessions{face=\"grpc\"}", "facade_sessions has no face"),
        ('facade_requests_total{code=~"OK|FINE"}', "code is never FINE"),
        ("sum by (job, upstream) (facade_requests_total)", "nothing has the label upstream"),
    ],
)
def test_a_mistake_would_be_seen(expression: str, mistake: str) -> None:
    assert list(mistakes(expression)) == [mistake]


def test_the_dashboard_shows_every_metric() -> None:
    known = there()
    shown = {known[name][0] for panel in PANELS for target in panel["targets"] for name in asked(target["expr"])}
    assert shown == {metric for metric, _ in known.values()}


def test_the_dashboard_is_one_that_grafana_shows() -> None:
    assert (DASHBOARD["title"], DASHBOARD["uid"]) == ("facade", "facade")
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(numbers) == len(set(numbers))
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert max(x for x, _ in cells) < WIDTH
        assert not cells & taken, f"{panel['title']} lies over another"
        taken |= cells
    for panel in PANELS:
        assert panel["datasource"]["uid"] == "${datasource}", "no data source of anybody's own"
        assert all("$job" in target["expr"] and "$instance" in target["expr"] for target in panel["targets"])


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"].keys() == {"summary", "description"}
    assert rule["for"]


@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool, of Prometheus")
@pytest.mark.parametrize(
    "command",
    [("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml"), ("test", "rules", "alerts.test.yml")],
)
def test_prometheus_takes_them(command: tuple[str, ...]) -> None:
    ran = subprocess.run(
        [str(PROMTOOL), *command], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool, of Prometheus")
def test_prometheus_reads_what_the_dashboard_asks_for(tmp_path: Path) -> None:
    asks = [target["expr"] for panel in PANELS for target in panel["targets"]]
    rules = [
        {"record": f"panel:{number}", "expr": ask.replace("$__rate_interval", "5m")} for number, ask in enumerate(asks)
    ]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    ran = subprocess.run(
        [str(PROMTOOL), "check", "rules", str(file)], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool, of Prometheus")
async def test_prometheus_reads_the_page_and_finds_nothing_to_mend(face: Face, facade: Running) -> None:
    await face.call("PublishEvent", {"event": {"entity": "web-1"}})
    assert facade.metrics is not None
    page = await facade.metrics.page()
    command = [str(PROMTOOL), "check", "metrics"]
    ran = await asyncio.to_thread(subprocess.run, command, input=page, capture_output=True, check=False, timeout=120)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")
