"""The documents of `deploy/`."""

from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


def documents(folder: str) -> list[Any]:
    """The Kubernetes resources of the files of a folder of `deploy/`."""
    found = [each for file in sorted((DEPLOY / folder).glob("*.yaml")) for each in yaml.safe_load_all(file.read_text())]
    return [each for each in found if "kind" in each and each["kind"] != "Kustomization"]


def one(folder: str, kind: str, name: str = "facade") -> Any:
    """The one resource of this kind and name."""
    [found] = [each for each in documents(folder) if each["kind"] == kind and each["metadata"]["name"] == name]
    return found


def pod(folder: str, name: str = "facade") -> Any:
    """What is said of the pods of a deployment."""
    return one(folder, "Deployment", name)["spec"]["template"]["spec"]


def seconds(text: str) -> float:
    """A duration as Envoy writes it."""
    return float(text.removesuffix("s"))
