"""The resources for Kubernetes: valid by its schemas, and true of the facade that they run."""

import shutil
import subprocess
from typing import Any

import pytest
import yaml

from facade.config import PREFIX, Settings, load
from facade.settings.secrets import TWIN, secrets
from tests.deploy.documents import DEPLOY, documents, one, pod

FOLDERS = ("kubernetes", "envoy")
OTHERS = {"ServiceMonitor"}  # of operators that have schemas of their own
RESOURCES = [each for folder in FOLDERS for each in documents(folder)]
SETTINGS = one("kubernetes", "ConfigMap")["data"]
OWN = one("kubernetes/own-credentials", "ConfigMap")["data"]
FLUSH = 5.0  # seconds for the last answers, and for the process to end


def name(resource: Any) -> str:
    """A resource's kind and name."""
    return f"{resource['kind']}/{resource['metadata']['name']}"


def rendered(folder: str) -> list[Any]:
    """What kustomize makes of a folder."""
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed")
    done = subprocess.run([program, "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def check(resource: Any) -> None:
    """Compares a resource with the schema of its kind, which allows no other fields."""
    validate = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")
    validate.validate(resource, "1.37", strict=True)


@pytest.mark.parametrize("resource", [each for each in RESOURCES if each["kind"] not in OTHERS], ids=name)
def test_a_resource_is_valid(resource: Any) -> None:
    check(resource)


def test_the_schemas_notice_a_mistake() -> None:
    resource = one("kubernetes", "Deployment")
    resource["spec"]["template"]["spec"]["containers"][0]["readinessprobe"] = {}
    with pytest.raises(Exception, match="readinessprobe"):
        check(resource)


@pytest.mark.parametrize("folder", FOLDERS)
def test_kustomize_puts_together_what_there_is(folder: str) -> None:
    made = rendered(str(DEPLOY / folder))
    for resource in made:
        check(resource)
    missing = {name(each).split("-")[0] for each in documents(folder)} - {name(each).split("-")[0] for each in made}
    assert missing <= {"ServiceMonitor/facade"}


def test_the_component_gives_it_credentials_of_its_own(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    base, component = (DEPLOY / "kubernetes" / each for each in ("", "own-credentials"))
    shutil.copytree(base, tmp_path / "base")
    shutil.copytree(component, tmp_path / "component")
    (tmp_path / "whole").mkdir()
    whole = {"resources": ["../base"], "components": ["../component"]}
    (tmp_path / "whole" / "kustomization.yaml").write_text(yaml.safe_dump(whole))
    made = rendered(str(tmp_path / "whole"))
    for resource in made:
        check(resource)
    [settings] = [each for each in made if each["kind"] == "ConfigMap"]
    assert settings["data"] == SETTINGS | OWN
    [deployment] = [each for each in made if each["kind"] == "Deployment"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {"tls", "secrets"}
    for key, value in settings["data"].items():
        monkeypatch.setenv(key, value)
    assert load().trust is not None


def test_the_settings_are_settings_and_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in SETTINGS.items():
        monkeypatch.setenv(key, value)
    settings = load()
    assert settings.mode == "production"
    plain = {PREFIX + each.upper() for each in secrets(Settings)}
    assert not plain & (SETTINGS.keys() | OWN.keys())
    accounts = {
        key + TWIN.upper() for key in plain if "TRACES" not in key
    }  # a collector's are no account of the facade's
    assert {key for key in OWN if key.endswith(TWIN.upper())} == accounts


@pytest.mark.parametrize(("data", "patched"), [(SETTINGS, False), (OWN, True)], ids=["base", "component"])
def test_files_that_the_settings_name_are_mounted(data: dict[str, str], patched: bool) -> None:
    [container] = pod("kubernetes/own-credentials" if patched else "kubernetes")["containers"]
    paths = [value for value in data.values() if value.startswith("/")]
    assert paths
    for path in paths:
        assert path.rpartition("/")[0] in {mount["mountPath"] for mount in container["volumeMounts"]}
        assert all(mount["readOnly"] for mount in container["volumeMounts"])


def test_ports_are_those_that_it_listens_on() -> None:
    [container] = pod("kubernetes")["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for face, port in ports.items():
        assert SETTINGS[f"FACADE_{face.upper()}_ADDRESS"] == f"0.0.0.0:{port}"
    for service in ("facade", "facade-replicas"):
        for port in one("kubernetes", "Service", service)["spec"]["ports"]:
            assert (port["port"], port["targetPort"]) == (ports[port["name"]], port["name"])
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["scheme"] == "HTTPS", "the settings name a certificate"


def test_it_has_time_to_drain() -> None:
    needed = float(SETTINGS["FACADE_DRAIN_DELAY"]) + float(SETTINGS["FACADE_DRAIN_TIMEOUT"]) + FLUSH
    assert pod("kubernetes")["terminationGracePeriodSeconds"] > needed
    [probed] = pod("kubernetes")["containers"]
    probe = probed["readinessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] + probe["timeoutSeconds"] < float(
        SETTINGS["FACADE_DRAIN_DELAY"]
    )


def test_all_pods_together_do_not_ask_more_of_an_upstream_than_one_process_may() -> None:
    most = one("kubernetes", "HorizontalPodAutoscaler")["spec"]["maxReplicas"]
    assert most * int(SETTINGS["FACADE_BULK_CONCURRENCY"]) <= load().bulk_concurrency


@pytest.mark.parametrize(("folder", "deployment"), [("kubernetes", "facade"), ("envoy", "facade-edge")])
def test_pods_can_do_nothing_that_they_need_not(folder: str, deployment: str) -> None:
    spec = pod(folder, deployment)
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= container["resources"].keys()
    for volume in spec["volumes"]:
        assert volume.get("secret", {"defaultMode": 0o440})["defaultMode"] == 0o440


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_selects_pods_selects_those_that_there_are(folder: str) -> None:
    for resource in documents(folder):
        spec = resource["spec"] if resource["kind"] in {"Service", "PodDisruptionBudget", "Deployment"} else {}
        selector = spec.get("selector", {})
        labels = selector.get("matchLabels", selector)
        if labels:
            deployment = "facade" if folder == "kubernetes" else "facade-edge"
            pods = one(folder, "Deployment", deployment)["spec"]["template"]["metadata"]["labels"]
            assert labels.items() <= pods.items()


def test_the_edge_may_reach_the_facade_and_metrics_are_collected_from_one_service() -> None:
    rules = one("kubernetes", "NetworkPolicy")["spec"]["ingress"]
    labels = one("envoy", "Deployment", "facade-edge")["spec"]["template"]["metadata"]["labels"]
    assert any(each.get("podSelector", {}).get("matchLabels") == labels for rule in rules for each in rule["from"])
    wanted = one("kubernetes", "ServiceMonitor")["spec"]["selector"]["matchLabels"].items()
    collected = [each for each in documents("kubernetes") if each["kind"] == "Service"]
    assert [wanted <= each["metadata"]["labels"].items() for each in collected].count(True) == 1
