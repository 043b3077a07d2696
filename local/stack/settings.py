"""The stack's ports and paths, from environment variables or `.env`.

Purpose: every setting, its default and its meaning in one place. `.env.example` has the same list.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


class SettingsError(RuntimeError):
    """A setting is invalid; the message names it."""


@dataclass(frozen=True)
class Port:
    """A port on 127.0.0.1, and the variable that sets it."""

    number: int
    variable: str
    purpose: str


# Variable: default, purpose.
PORTS = {
    "SPARKIFY_UI_PORT": (8080, "the Airflow UI"),
    "SPARKIFY_REDSHIFT_PORT": (5439, "the Redshift endpoint"),
    "SPARKIFY_S3_PORT": (9000, "S3"),
    "SPARKIFY_AWS_PORT": (9010, "AWS's other services"),
    "SPARKIFY_METADATA_PORT": (5438, "Airflow's metadata database"),
}


@dataclass(frozen=True)
class Settings:
    """The settings of one stack.

    :param airflow_overrides: the variables in `.env` whose names begin with `AIRFLOW`. They are
        passed to Airflow. Those of the calling shell are not, since they may belong to another
        project.
    """

    state_dir: Path
    dags_dir: Path
    ui: Port
    redshift: Port
    s3: Port
    aws: Port
    metadata: Port
    airflow_overrides: Mapping[str, str]

    @property
    def ports(self) -> tuple[Port, ...]:
        return self.ui, self.redshift, self.s3, self.aws, self.metadata

    @property
    def ui_url(self) -> str:
        return f"http://127.0.0.1:{self.ui.number}"

    @property
    def s3_url(self) -> str:
        return f"http://127.0.0.1:{self.s3.number}"

    @property
    def aws_url(self) -> str:
        return f"http://127.0.0.1:{self.aws.number}"

    @property
    def s3_dir(self) -> Path:
        """The directory with the buckets of the S3 server."""
        return self.state_dir / "s3"

    @property
    def airflow_home(self) -> Path:
        return self.state_dir / "airflow"

    @property
    def logs_dir(self) -> Path:
        return self.state_dir / "logs"

    @property
    def sample_dir(self) -> Path:
        return self.state_dir / "sample"


def load_settings(
    environment: Mapping[str, str] | None = None, dotenv: Path | None = None
) -> Settings:
    """Settings from `environment`, then `dotenv`, then the defaults.

    :param environment: default: this process's.
    :param dotenv: default: the path in SPARKIFY_ENV_FILE, else `.env` in the repository.
    :raises SettingsError: a port is invalid, or two are equal.
    """
    given = dict(os.environ if environment is None else environment)
    in_file = read_dotenv(dotenv or _path(given.get("SPARKIFY_ENV_FILE") or ".env"))
    values = in_file | given
    ports = {
        variable: Port(
            _port_number(variable, values.get(variable) or str(default)), variable, purpose
        )
        for variable, (default, purpose) in PORTS.items()
    }
    taken: dict[int, Port] = {}
    for port in ports.values():
        other = taken.setdefault(port.number, port)
        if other is not port:
            raise SettingsError(f"{other.variable} and {port.variable} are both {port.number}")
    return Settings(
        state_dir=_path(values.get("SPARKIFY_STATE_DIR") or ".local"),
        dags_dir=_path(values.get("SPARKIFY_DAGS_DIR") or "dags"),
        ui=ports["SPARKIFY_UI_PORT"],
        redshift=ports["SPARKIFY_REDSHIFT_PORT"],
        s3=ports["SPARKIFY_S3_PORT"],
        aws=ports["SPARKIFY_AWS_PORT"],
        metadata=ports["SPARKIFY_METADATA_PORT"],
        airflow_overrides={k: v for k, v in in_file.items() if k.startswith("AIRFLOW")},
    )


def read_dotenv(path: Path) -> dict[str, str]:
    """The variables of a file with `NAME=value` lines.

    Lines that begin with `#` are comments. Quotes around a value are removed.

    :raises SettingsError: a line has another form.
    """
    values: dict[str, str] = {}
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not UTF-8 text") from None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier():
            raise SettingsError(f"{path}:{number}: not NAME=value")
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[name] = value
    return values


def _port_number(variable: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SettingsError(f"{variable}={text}: a port is a number from 1 to 65535")
    return int(text)


def _path(text: str) -> Path:
    """A path relative to the repository, not to the working directory."""
    return (REPOSITORY / Path(text).expanduser()).resolve()
