"""The values for Airflow's Helm chart have no secrets, and use our image and the tested Airflow."""

from __future__ import annotations

import re
from typing import Any

import yaml

from tests.support.runs import ROOT

TEXT = (ROOT / "infra" / "helm-values.yaml").read_text()
VALUES: dict[str, Any] = yaml.safe_load(TEXT)


def test_it_is_the_airflow_that_the_tests_run_with() -> None:
    (pinned,) = re.findall(
        r"^apache-airflow==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    assert VALUES["airflowVersion"] == pinned


def test_every_secret_is_one_of_the_clusters_and_the_guide_makes_it() -> None:
    guide = (ROOT / "docs" / "docker.md").read_text()
    named = {VALUES[key] for key in VALUES if key.endswith("SecretName")}
    named |= {VALUES["data"]["metadataSecretName"]}
    named |= {entry["secretRef"]["name"] for entry in yaml.safe_load(VALUES["extraEnvFrom"])}
    assert named == set(re.findall(r"create secret generic (\S+)", guide))
    assert len(named) == 5
    assert "metadataConnection" not in VALUES["data"]


def test_nobody_gets_a_default_password() -> None:
    assert VALUES["createUserJob"] == {"enabled": False}
    assert VALUES["config"]["core"]["auth_manager"].endswith("FabAuthManager")


def test_the_logs_of_a_pod_that_is_gone_are_kept() -> None:
    assert VALUES["executor"] == "KubernetesExecutor"
    assert VALUES["config"]["logging"]["remote_logging"] == "True"
