"""`make env` writes the secrets of docker-compose.yaml to `.env`."""

from __future__ import annotations

import base64
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from local.compose_env import VARIABLES, complete, main
from local.stack.settings import REPOSITORY, load_settings, read_dotenv


def test_every_value_is_made_and_its_owners_alone(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    assert complete(dotenv) == list(VARIABLES)
    values = read_dotenv(dotenv)
    assert list(values) == list(VARIABLES)
    secrets = [value for name, value in values.items() if name != "AIRFLOW_UID"]
    assert len(set(secrets)) == len(secrets)
    assert min(map(len, secrets)) >= 24
    assert stat.S_IMODE(dotenv.stat().st_mode) == 0o600


def test_two_machines_have_different_secrets(tmp_path: Path) -> None:
    complete(tmp_path / "one")
    complete(tmp_path / "other")
    one, other = read_dotenv(tmp_path / "one"), read_dotenv(tmp_path / "other")
    assert [name for name in one if one[name] == other[name]] == ["AIRFLOW_UID"]


def test_existing_values_stay_and_only_missing_or_empty_ones_are_added(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    before = "SPARKIFY_UI_PORT=8081\nSPARKIFY_COMPOSE_ADMIN_PASSWORD=mine\nAIRFLOW_UID="
    dotenv.write_text(before)
    dotenv.chmod(0o644)
    added = complete(dotenv)
    assert set(added) == VARIABLES.keys() - {"SPARKIFY_COMPOSE_ADMIN_PASSWORD"}
    assert dotenv.read_text().startswith(before + "\n")
    assert read_dotenv(dotenv)["SPARKIFY_COMPOSE_ADMIN_PASSWORD"] == "mine"
    assert read_dotenv(dotenv)["AIRFLOW_UID"]
    assert stat.S_IMODE(dotenv.stat().st_mode) == 0o600


def test_a_second_call_changes_nothing(tmp_path: Path) -> None:
    complete(tmp_path / ".env")
    before = (tmp_path / ".env").read_bytes()
    assert complete(tmp_path / ".env") == []
    assert (tmp_path / ".env").read_bytes() == before


def test_airflow_takes_the_fernet_key(tmp_path: Path) -> None:
    from cryptography.fernet import Fernet

    complete(tmp_path / ".env")
    key = read_dotenv(tmp_path / ".env")["SPARKIFY_COMPOSE_FERNET_KEY"]
    assert len(base64.urlsafe_b64decode(key)) == 32
    assert Fernet(key).decrypt(Fernet(key).encrypt(b"secret")) == b"secret"


def test_no_value_needs_quotes_in_a_url_in_json_or_in_compose(tmp_path: Path) -> None:
    complete(tmp_path / ".env")
    for value in read_dotenv(tmp_path / ".env").values():
        assert re.fullmatch(r"[A-Za-z0-9_=-]+", value)


def test_root_does_not_make_root_the_user_of_the_containers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for caller, user in ((0, "50000"), (1234, "1234")):
        monkeypatch.setattr(os, "getuid", lambda caller=caller: caller)
        complete(tmp_path / str(caller))
        assert read_dotenv(tmp_path / str(caller))["AIRFLOW_UID"] == user


def test_the_local_stack_is_the_same_with_it(tmp_path: Path) -> None:
    complete(tmp_path / ".env")
    with_it = load_settings({}, tmp_path / ".env")
    without = load_settings({}, tmp_path / "none")
    assert with_it.airflow_overrides.keys() == {"AIRFLOW_UID"}  # which names no option
    assert with_it.ports == without.ports


def test_no_secret_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path / ".env") == 0
    output = capsys.readouterr().out
    assert "SPARKIFY_COMPOSE_ADMIN_PASSWORD" in output
    values = read_dotenv(tmp_path / ".env")
    assert not [name for name, value in values.items() if len(value) > 5 and value in output]


def test_an_invalid_line_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("what is this\n")
    assert main(dotenv) == 1
    assert ".env:1: not NAME=value" in capsys.readouterr().err
    assert dotenv.read_text() == "what is this\n"


def test_it_needs_no_package(tmp_path: Path) -> None:
    """Without a .venv, only the standard library is available."""
    script = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); from pathlib import Path; "
    script += "from local.compose_env import main; sys.exit(main(Path(sys.argv[1])))"
    python = [sys.executable, "-I", "-S", "-c"]
    subprocess.run([*python, script, str(tmp_path / ".env")], check=True, cwd=tmp_path)
    assert (tmp_path / ".env").exists()
