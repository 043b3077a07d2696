"""House rules for docker-compose.yaml and the Dockerfiles, checked without Docker."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.utils import canonicalize_name

from local.compose_env import VARIABLES
from tests.support.runs import ROOT

TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"airflow-init", "airflow-cli"}
LONG_RUNNING = sorted(SERVICES.keys() - ONE_SHOT)
DOCKERFILES = ("Dockerfile", "local/Dockerfile")
SECRET = re.compile(r"password|secret|fernet|requirepass|token|basic_auth", re.IGNORECASE)
# Values that are names, or that moto accepts from anybody.
HARMLESS = {"/tmp/passwords.json"}


def test_the_services_are_those_of_airflows_own_file_and_the_stand_ins() -> None:
    airflow = {"apiserver", "scheduler", "dag-processor", "triggerer", "worker", "init", "cli"}
    others = {"flower", "postgres", "redis", "redshift", "s3", "sample-data"}
    assert SERVICES.keys() == {f"airflow-{name}" for name in airflow} | others


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_a_long_running_service_is_checked_returns_and_is_given_time(name: str) -> None:
    service = SERVICES[name]
    check = service["healthcheck"]
    assert check.keys() >= {"test", "interval", "timeout", "retries", "start_period"}
    assert service["restart"] in ("always", "unless-stopped")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_has_a_memory_limit_and_logs_that_end(name: str) -> None:
    assert re.fullmatch(r"\d+[mg]", SERVICES[name]["mem_limit"])
    assert SERVICES[name]["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_an_image_is_of_a_version(name: str) -> None:
    image = re.sub(r"\$\{\w+:-(.*)\}", r"\1", SERVICES[name]["image"])
    _, _, tag = image.partition(":")
    assert re.match(r"\d+\.\d+", tag), image


@pytest.mark.parametrize("path", DOCKERFILES)
def test_a_dockerfile_starts_from_a_version_and_ends_as_a_user_that_is_not_root(path: str) -> None:
    text = (ROOT / path).read_text()
    for base in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        assert re.search(r":\d+\.\d+", base), base
    assert re.findall(r"^USER (\d+)", text, re.MULTILINE)[-1] != "0"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_service_runs_as_root(name: str) -> None:
    service = SERVICES[name]
    user = str(service.get("user", ""))
    if service["image"].startswith("sparkify-local"):
        assert user == ""  # the user of local/Dockerfile
    else:
        assert user
        assert not re.match(r"(root|0)(:|$)", user)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_port_is_published_to_this_machine_alone(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:(\$\{\w+:-\d+\}|\d+):\d+", port)


def test_no_secret_stands_in_the_file() -> None:
    """Variables whose names suggest a secret come from `.env`, and are required."""
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable) and value not in HARMLESS:
                _comes_from_env(value, f"{name}: {variable}")
        for flag, value in pairwise(service.get("command", [])):
            if flag.startswith("--") and SECRET.search(flag):
                _comes_from_env(value, f"{name}: {flag}")
    for password in re.findall(r'"password": "([^"]*)"', TEXT):
        assert password == "local" or password.startswith("${"), password
    for password in re.findall(r"://\w*:(.*?)@", TEXT):
        _comes_from_env(password, password)


def test_every_variable_without_a_default_is_one_that_make_env_makes() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?run make env\}", TEXT))
    assert needed == set(VARIABLES)
    others = re.findall(r"\$\{(\w+)([^}]*)\}", re.sub(r"\$\$\{\w+\}", "", TEXT))
    assert [name for name, rest in others if not rest.startswith((":-", ":?"))] == []


def test_every_variable_with_a_default_is_in_the_example_file() -> None:
    example = (ROOT / ".env.example").read_text()
    for name, default in re.findall(r"\$\{(\w+):-([^}]*)\}", TEXT):
        shown = re.search(rf"^(?:# )?{name}=(\S+)", example, re.MULTILINE)
        assert shown, name
        assert shown[1] == default or name == "SPARKIFY_COMPOSE_DATA"


def test_s3_is_the_version_that_the_tests_run_with() -> None:
    (pinned,) = re.findall(r"^moto\[.*\]==(\S+)", _text("requirements-dev.txt"), re.MULTILINE)
    assert SERVICES["s3"]["image"] == f"motoserver/moto:{pinned}"


def test_the_image_is_of_the_airflow_that_the_tests_run_with() -> None:
    (pinned,) = re.findall(r"^apache-airflow==(\S+)", _text("requirements.txt"), re.MULTILINE)
    assert f"\nFROM apache/airflow:{pinned}-python3.12\n" in _text("Dockerfile")


def test_the_image_of_the_endpoint_installs_every_library_that_the_endpoint_imports() -> None:
    sources = [ROOT / "local/postgres.py", *(ROOT / "local/redshift").rglob("*.py")]
    imported: set[str] = set()
    for node in (node for source in sources for node in ast.walk(ast.parse(source.read_text()))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module)
    modules = {name.split(".")[0] for name in imported} - sys.stdlib_module_names - {"local"}
    (installed,) = re.findall(r"dev\.lock \\\n(.*)\n", _text("local/Dockerfile"))
    names = {canonicalize_name(name.strip('"').split("[")[0]) for name in installed.split()}
    names |= {"botocore", "urllib3"}  # boto3 depends on them
    distributions = packages_distributions()
    missing = {
        module
        for module in modules
        if not names & {canonicalize_name(name) for name in distributions[module]}
    }
    assert len(modules) > 5
    assert missing == set()


def test_dags_plugins_and_include_are_mounted_read_only_beside_each_other() -> None:
    for name, service in SERVICES.items():
        if service["image"].startswith("${SPARKIFY_COMPOSE_IMAGE"):
            mounted = [volume for volume in service["volumes"] if volume.startswith("./")]
            assert sorted(mounted) == [
                f"./{folder}:/opt/airflow/{folder}:ro" for folder in ("dags", "include", "plugins")
            ], name


def test_data_is_kept_in_named_volumes() -> None:
    kept = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
    }
    assert {"metadata", "broker", "warehouse", "logs"} <= kept & COMPOSE["volumes"].keys()


def test_the_builder_gets_what_the_dockerfiles_copy_and_no_secret() -> None:
    sent = re.findall(r"^!(\S+)", _text(".dockerignore"), re.MULTILINE)
    copied = re.findall(
        r"^COPY (?:--\S+ )*(\S+?)/? ", "\n".join(map(_text, DOCKERFILES)), re.MULTILINE
    )
    assert _text(".dockerignore").splitlines()[1] == "*"
    assert set(sent) == set(copied)


def test_the_schema_of_compose_takes_it_and_refuses_a_typo(tmp_path: Path) -> None:
    assert _schema_takes(ROOT / "docker-compose.yaml")
    typo = tmp_path / "docker-compose.yaml"
    typo.write_text(TEXT.replace("healthcheck:", "healtcheck:", 1))
    assert not _schema_takes(typo)


def _comes_from_env(value: object, where: str) -> None:
    variables = re.findall(r"\$\{(\w+):\?run make env\}", str(value))
    assert variables, where


def _schema_takes(path: Path) -> bool:
    check = [str(Path(sys.executable).with_name("check-jsonschema"))]
    check += ["--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def _text(path: str) -> str:
    return (ROOT / path).read_text()
