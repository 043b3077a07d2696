"""The old dwh.cfg is converted to Airflow's connections and variables."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.stack.settings import read_dotenv
from sparkify.commands.dwh_config import ConfigError, main, read_config
from tests.conftest import ROOT

PASSWORD = "canary%1$;'x"  # characters that are special to configparser and shells
OLD = f"""\
[CLUSTER]
HOST='c.abc.us-west-2.redshift.amazonaws.com'
DB_NAME=dwh
DB_USER=dwhuser
DB_PASSWORD={PASSWORD}
DB_PORT=5439

[IAM_ROLE]
ARN='arn:aws:iam::123456789012:role/dwhRole'

[S3]
LOG_DATA='s3://udacity-dend/log_data'
LOG_JSONPATH='s3://udacity-dend/log_json_path.json'
SONG_DATA='s3://udacity-dend/song_data'
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "dwh.cfg"
    path.write_text(OLD)
    path.chmod(0o600)
    return path


def convert(config: Path, *more: str) -> tuple[int, Path]:
    output = config.with_name("connections.env")
    return main([str(config), "--output", str(output), *more]), output


def test_connections_and_variables_come_from_the_old_sections(config, capsys):
    code, output = convert(config)
    assert code == 0
    variables = read_dotenv(output)
    assert json.loads(variables["AIRFLOW_CONN_REDSHIFT_DEFAULT"]) == {
        "conn_type": "redshift",
        "host": "c.abc.us-west-2.redshift.amazonaws.com",
        "port": 5439,
        "login": "dwhuser",
        "schema": "dwh",
        "password": PASSWORD,
    }
    assert json.loads(variables["AIRFLOW_CONN_AWS_DEFAULT"])["extra"] == {
        "region_name": "us-west-2",
        "copy_iam_role": "arn:aws:iam::123456789012:role/dwhRole",
    }
    assert variables["AIRFLOW_VAR_SPARKIFY_SOURCE_BUCKET"] == "udacity-dend"
    output_text = capsys.readouterr().out
    for part in ("dwhuser at c.abc", "by a password, TLS verified", "dwhRole", "WORK_BUCKET"):
        assert part in output_text
    assert "canary" not in output_text


def test_the_written_file_is_its_owners_alone(config):
    _, output = convert(config)
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_airflow_reads_what_was_written(config):
    """The file is read by a shell, which takes single-quoted text literally."""
    _, output = convert(config)
    script = "from airflow.sdk import BaseHook, Variable;"
    script += "c = BaseHook.get_connection('redshift_default');"
    script += "print(c.password == __import__('os').environ['P'], c.port, c.conn_type)"
    shell = 'set -a; . "$0"; exec "$1" -c "$2"'
    answer = subprocess.run(
        ["sh", "-c", shell, str(output), sys.executable, script],
        env={**os.environ, "P": PASSWORD},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split()[-3:] == ["True", "5439", "redshift"]


def test_a_file_with_a_password_that_anybody_can_read_is_refused(config, capsys):
    config.chmod(0o644)
    code, output = convert(config)
    assert code == 1
    assert not output.exists()
    error_text = capsys.readouterr().err
    assert "chmod 600" in error_text
    assert "canary" not in error_text


def test_without_a_password_anybody_may_read_it_and_iam_gives_one(config):
    config.write_text(OLD.replace(PASSWORD, ""))
    config.chmod(0o644)
    warehouse = read_config(config).connections["redshift_default"]
    assert warehouse["extra"] == {"iam": True}
    assert "password" not in warehouse


def test_a_file_that_cannot_be_parsed_is_refused_without_quoting_it(config, capsys):
    config.write_text(OLD + f"\nstray {PASSWORD}\n")
    assert convert(config)[0] == 1
    output = capsys.readouterr().err
    assert f"line {OLD.count(chr(10)) + 2}:" in output
    assert "canary" not in output


def test_a_file_that_is_not_utf_8_is_refused_and_one_of_windows_is_read(config, capsys):
    config.write_bytes(OLD.replace(PASSWORD, "canary\xe9").encode("latin-1"))
    assert convert(config)[0] == 1
    output = capsys.readouterr().err
    assert "is not UTF-8" in output
    assert "canary" not in output
    config.write_bytes(OLD.replace("\n", "\r\n").encode("utf-8-sig"))
    assert read_config(config).connections["redshift_default"]["password"] == PASSWORD


def test_a_file_that_holds_other_things_is_not_written_over(config, capsys):
    for _ in range(2):
        code, output = convert(config)  # overwrites its own file
        assert code == 0
    others = output.read_text() + "SPARKIFY_COMPOSE_FERNET_KEY=x\n"
    output.write_text(others)
    assert convert(config)[0] == 1
    assert output.read_text() == others
    assert main([str(config), "--output", str(config)]) == 1
    assert config.read_text() == OLD
    assert "is there, and holds other things" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("DB_USER=dwhuser", "", "lacks DB_USER"),
        ("DB_PORT=5439", "DB_PORT=many", "DB_PORT in .CLUSTER. is no number"),
        ("DB_PORT=5439", "DB_PORT=543900", "DB_PORT in .CLUSTER. is no number"),
        ("amazonaws.com'", "amazonaws.com:5439/dwh'", "HOST in .CLUSTER. is no host's name"),
        ("HOST='", "HOST='jdbc:redshift://", "HOST in .CLUSTER. is no host's name"),
        ("udacity-dend/log_data", "udacity-dend/logs", "the DAG reads s3://BUCKET/log_data"),
        ("udacity-dend/song_data", "another/song_data", "names 2 buckets"),
        ("s3://udacity-dend/log_json_path.json", "", "LOG_JSONPATH in .S3. is missing"),
        ("udacity-dend", "x_y", "is not the name of a bucket"),
    ],
)
def test_an_unusable_setting_is_named(config, old, new, fault):
    config.write_text(OLD.replace(old, new))
    with pytest.raises(ConfigError, match=fault):
        read_config(config)


def test_access_keys_are_not_converted_and_unused_settings_are_listed(config, capsys):
    config.write_text(OLD + "\n[AWS]\nKEY=canary-key\nSECRET=canary-secret\n[DWH]\nNODES=4\n")
    code, output = convert(config)
    assert code == 0
    output_text = capsys.readouterr().out
    assert "not used: [AWS] KEY, [AWS] SECRET, [DWH] NODES" in output_text
    assert "canary-" not in output_text + output.read_text().replace(PASSWORD, "")


def test_a_missing_file_says_where_an_example_is(tmp_path, capsys):
    assert main([str(tmp_path / "none.cfg")]) == 1
    assert "see dwh.cfg.example" in capsys.readouterr().err


def test_the_example_is_valid_and_complete():
    config = read_config(ROOT / "dwh.cfg.example")
    assert config.notes == ()
    assert config.variables["sparkify_work_bucket"] == "my-sparkify-work"


def test_into_airflow_they_are_in_its_database(config, tmp_path, capfd):
    environment: dict[str, Any] = {
        name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")
    }
    environment |= {"AIRFLOW_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT / "plugins")}
    environment["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

    def airflow(*arguments: str) -> str:
        command = [sys.executable, "-m", *arguments]
        answer = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr[-2000:]
        return answer.stdout

    airflow("airflow", "db", "migrate")
    message = airflow("sparkify.commands.dwh_config", str(config), "--into-airflow")
    assert "canary" not in message
    listed = airflow("airflow", "connections", "get", "redshift_default", "-o", "json")
    (listed_connection,) = json.loads(listed[listed.index("[") :])
    assert (listed_connection["password"], listed_connection["login"]) == (PASSWORD, "dwhuser")
    bucket = airflow("airflow", "variables", "get", "sparkify_source_bucket")
    assert bucket.split()[-1] == "udacity-dend"


def test_the_region_of_the_aws_connection_is_the_clusters(config):
    for host, region in (
        ("c.abc.eu-central-1.redshift.amazonaws.com", "eu-central-1"),
        ("w.123456789012.us-gov-west-1.redshift-serverless.amazonaws.com", "us-gov-west-1"),
        ("warehouse.example.com", "us-west-2"),
    ):
        config.write_text(OLD.replace("c.abc.us-west-2.redshift.amazonaws.com", host))
        assert read_config(config).connections["aws_default"]["extra"]["region_name"] == region
