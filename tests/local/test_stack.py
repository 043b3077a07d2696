"""The stack's commands: settings, ports, leftover processes and messages."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from local.stack import lifecycle
from local.stack.__main__ import main
from local.stack.airflow_settings import STACK_VARIABLE, airflow_environment, redshift_password
from local.stack.dataset import Dataset, remember, remembered, replaces
from local.stack.demo import demo
from local.stack.lifecycle import StackError
from local.stack.processes import Identity, end, port_holder, survivors
from local.stack.settings import PORTS, REPOSITORY, Settings, SettingsError, load_settings
from local.stack.state import ServiceState, StackState, read_state, write_state
from local.stack.summary import _printable

COMMANDS = ("up", "down", "status", "logs", "psql", "airflow", "clean", "demo")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a separate stack, with its own state directory and free ports."""
    monkeypatch.setenv("SPARKIFY_STATE_DIR", str(tmp_path / "state"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        base = probe.getsockname()[1]
    for number, variable in enumerate(PORTS):
        monkeypatch.setenv(variable, str((base + number - 1024) % 64000 + 1024))
    return load_settings()


@pytest.fixture
def bystander() -> Iterator[psutil.Popen]:
    """A process that does not belong to the stack."""
    process = psutil.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
    process.wait()


@pytest.fixture
def leftover(settings: Settings) -> Iterator[psutil.Popen]:
    """A process of a stack whose supervisor has ended."""
    environment = os.environ | {STACK_VARIABLE: str(settings.state_dir)}
    process = psutil.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=environment)
    while process.status() != psutil.STATUS_SLEEPING:
        time.sleep(0.01)
    yield process
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()
    process.wait()


def test_settings_come_from_the_environment_then_the_file_then_the_defaults(
    tmp_path: Path,
) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("# ports\nSPARKIFY_UI_PORT=8081\nexport SPARKIFY_S3_PORT='9001'\n")
    loaded = load_settings({"SPARKIFY_UI_PORT": "8082"}, dotenv)
    assert [port.number for port in loaded.ports] == [8082, 5439, 9001, 9010, 5438]
    assert loaded.state_dir == REPOSITORY / ".local"
    assert loaded.dags_dir == REPOSITORY / "dags"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"SPARKIFY_UI_PORT": "http"}, "SPARKIFY_UI_PORT=http: a port is a number"),
        ({"SPARKIFY_S3_PORT": "70000"}, "SPARKIFY_S3_PORT=70000"),
        ({"SPARKIFY_S3_PORT": "8080"}, "SPARKIFY_UI_PORT and SPARKIFY_S3_PORT are both 8080"),
    ],
)
def test_an_invalid_port_is_refused_with_its_variable(
    environment: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings(environment, tmp_path / "none")


def test_an_invalid_line_of_the_env_file_is_refused_with_its_number(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("\nSPARKIFY_UI_PORT 8080\n")
    with pytest.raises(SettingsError, match=r"\.env:2: not NAME=value"):
        load_settings({}, dotenv)


def test_the_example_file_shows_every_setting_with_its_default() -> None:
    example = REPOSITORY / ".env.example"
    shown = load_settings({}, example)
    assert shown == load_settings({}, REPOSITORY / "no such file")
    assert all(f"\n{variable}=" in example.read_text() for variable in PORTS)


def test_airflow_gets_what_the_env_file_says_and_nothing_of_the_shells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("AIRFLOW__CORE__PARALLELISM=3\n")
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "99")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment = airflow_environment(load_settings({"SPARKIFY_STATE_DIR": str(tmp_path)}, dotenv))
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "3"
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "PYTHONDONTWRITEBYTECODE" not in environment


def test_connections_point_at_the_stacks_own_ports(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

    environment = airflow_environment(settings)
    name = "AIRFLOW_CONN_AWS_DEFAULT"
    monkeypatch.setenv(name, environment[name])
    redshift = json.loads(environment["AIRFLOW_CONN_REDSHIFT_DEFAULT"])
    assert (redshift["conn_type"], redshift["port"]) == ("redshift", settings.redshift.number)
    s3, iam = (
        AwsGenericHook(client_type=service).get_conn().meta.endpoint_url
        for service in ("s3", "iam")
    )
    assert s3 == f"http://127.0.0.1:{settings.s3.number}"
    assert iam == f"http://127.0.0.1:{settings.aws.number}"


def test_the_password_is_made_once_and_its_owners_alone(settings: Settings) -> None:
    first = redshift_password(settings)
    assert len(first) > 15
    assert redshift_password(settings) == first
    mode = (settings.state_dir / "secrets.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_port_in_use_is_reported_with_its_process_and_the_variable_to_set(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", settings.s3.number)):
        assert main(["up"]) == 1
    message = capsys.readouterr().err
    assert f"port {settings.s3.number} (S3) is taken by pid {os.getpid()} (" in message
    assert "set SPARKIFY_S3_PORT to a free port" in message
    assert "SPARKIFY_UI_PORT" not in message


def test_a_port_held_on_all_addresses_is_in_use_too_and_a_free_one_is_not(
    settings: Settings,
) -> None:
    with socket.create_server(("0.0.0.0", settings.ui.number)):
        assert port_holder(settings.ui.number) is not None
    assert port_holder(settings.ui.number) is None


def test_a_pid_that_another_process_has_by_now_is_not_taken_for_ours(
    bystander: psutil.Popen,
) -> None:
    assert Identity.of(bystander.pid).process() is not None
    assert Identity(bystander.pid, bystander.create_time() - 60).process() is None


def test_down_does_not_stop_another_program_with_the_pid_of_a_dead_process(
    settings: Settings, bystander: psutil.Popen, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.state_dir.mkdir(parents=True)
    stale = Identity(bystander.pid, bystander.create_time() - 60)
    state = StackState(supervisor=stale, phase="ready")
    state.services["scheduler"] = ServiceState("", "ready", stale)
    write_state(settings.state_dir, state)
    assert main(["down"]) == 0
    assert bystander.is_running()
    assert "the stack was not running" in capsys.readouterr().out
    assert read_state(settings.state_dir) is None


def test_processes_of_a_killed_supervisor_are_found_and_stopped(
    settings: Settings,
    leftover: psutil.Popen,
    bystander: psutil.Popen,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert [process.pid for process in survivors(settings.state_dir)] == [leftover.pid]
    assert main(["status"]) == 3
    assert "the supervisor has ended, but 1 of its processes still run" in capsys.readouterr().out
    assert main(["down"]) == 0
    assert not leftover.is_running()
    assert bystander.is_running()


def test_a_process_of_another_stack_is_not_ours(settings: Settings, leftover: psutil.Popen) -> None:
    assert survivors(settings.state_dir.parent / "other") == []


def test_a_process_that_will_not_end_is_killed() -> None:
    code = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout is not None
        stubborn.stdout.readline()
        end([psutil.Process(stubborn.pid)], timeout=0.2)
        assert not psutil.pid_exists(stubborn.pid)


def test_a_truncated_state_file_counts_as_none(settings: Settings) -> None:
    settings.state_dir.mkdir(parents=True)
    (settings.state_dir / "state.json").write_text('{"supervisor": {"pid": 1')
    assert read_state(settings.state_dir) is None


@pytest.mark.parametrize("command", ["psql", "airflow"])
def test_a_prompt_without_a_stack_says_how_to_start_it(
    settings: Settings, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command]) == 1
    assert "`make up` starts it" in capsys.readouterr().err


def test_clean_deletes_the_state_and_says_so(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    redshift_password(settings)
    assert main(["clean"]) == 0
    assert f"deleted {settings.state_dir}" in capsys.readouterr().out
    assert not settings.state_dir.exists()
    assert main(["clean"]) == 0


def test_clean_does_not_delete_a_directory_that_is_not_the_stacks(settings: Settings) -> None:
    settings.state_dir.mkdir(parents=True)
    (settings.state_dir / "letters.txt").write_text("mine")
    with pytest.raises(StackError, match="was not created by the stack"):
        lifecycle.clean(settings)
    assert (settings.state_dir / "letters.txt").exists()


def test_the_window_goes_from_the_first_files_day_to_the_end_of_the_last(tmp_path: Path) -> None:
    dataset = _directory(tmp_path, "2018-11-03", "2018-12-01")
    assert [f"{moment:%Y-%m-%dT%H:%M}" for moment in dataset.window()] == [
        "2018-11-03T00:00",
        "2018-12-02T00:00",
    ]


def test_data_of_another_directory_or_with_files_gone_replaces_the_warehouse(
    settings: Settings, tmp_path: Path
) -> None:
    settings.state_dir.mkdir(parents=True)
    both = _directory(tmp_path / "a", "2018-11-01", "2018-11-02")
    assert not replaces(both, remembered(settings))
    remember(settings, both)
    assert not replaces(both, remembered(settings))
    grown = _directory(tmp_path / "a", "2018-11-03")
    assert not replaces(grown, remembered(settings))
    (tmp_path / "a/log_data/2018/11/2018-11-01-events.json").unlink()
    assert replaces(Dataset.scan(tmp_path / "a"), remembered(settings))
    assert replaces(_directory(tmp_path / "b", "2018-11-01"), remembered(settings))


def test_a_directory_without_songs_is_refused_before_anything_starts(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log_data").mkdir()
    assert main(["demo", "--data", str(tmp_path)]) == 1
    assert "has no song_data/: it must hold log_data/%Y" in capsys.readouterr().err
    assert not settings.state_dir.exists()


def test_names_with_control_characters_reach_the_terminal_without_them() -> None:
    assert _printable("Bell\u0007 and\u009b31m") == "Bell\ufffd and\ufffd31m"


def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"\n    {command} " in shown for command in COMMANDS)


def test_make_alone_lists_its_targets_and_every_command_has_one() -> None:
    shown = subprocess.run(
        ["make", "-C", str(REPOSITORY)], capture_output=True, text=True, check=True
    ).stdout
    assert all(f"  {name} " in shown for name in (*COMMANDS, "install", "test", "lint", "lock"))


def _directory(folder: Path, *days: str) -> Dataset:
    (folder / "song_data").mkdir(parents=True, exist_ok=True)
    (folder / "song_data/1.json").write_text("{}")
    (folder / "log_json_path.json").write_text("{}")
    for day in days:
        path = folder / f"log_data/{day[:4]}/{day[5:7]}/{day}-events.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    return Dataset.scan(folder)


def test_the_demo_refuses_to_load_another_warehouse(settings: Settings) -> None:
    elsewhere = replace(settings, airflow_overrides={"AIRFLOW_CONN_REDSHIFT_DEFAULT": "{}"})
    with pytest.raises(lifecycle.StackError, match="sets AIRFLOW_CONN_REDSHIFT_DEFAULT"):
        demo(elsewhere, None)


def test_the_stack_can_be_stopped_while_the_projects_code_is_broken(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "sparkify").mkdir()
    (tmp_path / "sparkify/__init__.py").write_text("def (")
    down = subprocess.run(
        [sys.executable, "-m", "local.stack", "down"],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (down.returncode, down.stderr) == (0, "")
