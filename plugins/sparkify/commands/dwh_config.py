"""Convert the `dwh.cfg` of the old scripts into Airflow connections and variables.

Run it as `python -m sparkify.commands.dwh_config dwh.cfg` or `make connections CFG=dwh.cfg`.

How it works: it writes the connections `redshift_default` and `aws_default` and the bucket
variables into a file of environment variables, which Airflow reads. With `--into-airflow` it writes
them into the metadata database of the Airflow that the shell is set up for.

What it does not do: it prints no secret. It refuses a file that holds a password and that others
can read. It ignores the keys of the section AWS: COPY uses a role, and Airflow the role of its
machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from configparser import ConfigParser, Error
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sparkify.loads.objects import check_bucket
from sparkify.model import STAGING_EVENTS, STAGING_SONGS

# What the DAG reads.
_KEYS = {
    "LOG_DATA": STAGING_EVENTS.source.prefix.rstrip("/"),
    "LOG_JSONPATH": STAGING_EVENTS.json_paths,
    "SONG_DATA": STAGING_SONGS.source.prefix.rstrip("/"),
}
_USED = {
    "CLUSTER": {"HOST", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_PORT"},
    "IAM_ROLE": {"ARN"},
    "S3": {*_KEYS, "WORK_BUCKET"},
}
_REGION = "us-west-2"  # of the scripts' cluster, where its host's name does not say it
_REGION_IN_HOST = re.compile(r"\.([a-z]{2}(?:-[a-z]+)+-\d)\.redshift(?:-serverless)?\.amazonaws\.")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_LAST_PORT = 65535
_WRITTEN = ("AIRFLOW_CONN_", "AIRFLOW_VAR_")  # what each line of an output of ours begins with


class ConfigError(ValueError):
    """The file cannot be used; the message says what to change in it."""


@dataclass(frozen=True, slots=True)
class AirflowConfig:
    """Connections and variables by their names, and what there is to say of them."""

    connections: Mapping[str, Mapping[str, Any]]
    variables: Mapping[str, str]
    notes: tuple[str, ...]

    def environment(self) -> str:
        """As lines of NAME='value', which a shell and docker-compose read alike: as they are."""
        values = {f"CONN_{name}": json.dumps(what) for name, what in self.connections.items()}
        values |= {f"VAR_{name}": value for name, value in self.variables.items()}
        quoted = {name: value.replace("'", r"\u0027") for name, value in values.items()}
        return "".join(f"AIRFLOW_{name.upper()}='{value}'\n" for name, value in quoted.items())

    def summary(self) -> str:
        """What it is, without a secret."""
        warehouse, aws = self.connections["redshift_default"], self.connections["aws_default"]
        proof = "a password" if warehouse.get("password") else "temporary passwords by IAM"
        role = aws["extra"].get("copy_iam_role", "the cluster's default role")
        address = f"{warehouse['host']}:{warehouse['port']}/{warehouse['schema']}"
        rows = [
            ("redshift_default", f"{warehouse['login']} at {address}, by {proof}, TLS verified"),
            ("aws_default", f"region {aws['extra']['region_name']}, COPY by {role}"),
            *self.variables.items(),
        ]
        lines = [f"  {name:24}{value}" for name, value in rows]
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])


def read_config(path: Path) -> AirflowConfig:
    """What the file says, as Airflow takes it.

    :raises ConfigError: it is missing, unsafe, no such file, or points where the DAG does not read.
    """
    parser = _parse(path)
    given = {
        name: {key.upper(): value.strip().strip("'\"") for key, value in parser[name].items()}
        for name in parser.sections()
    }
    if given.get("CLUSTER", {}).get("DB_PASSWORD") and path.stat().st_mode & stat.S_IROTH:
        raise ConfigError(f"{path} has a password and anybody can read it: chmod 600 {path}")
    cluster = {name: given.get("CLUSTER", {}).get(name, "") for name in _USED["CLUSTER"]}
    missing = [name for name in ("HOST", "DB_NAME", "DB_USER") if not cluster[name]]
    if missing:
        raise ConfigError(f"{path}: [CLUSTER] lacks {', '.join(missing)}")
    s3 = given.get("S3", {})
    variables = {"sparkify_source_bucket": _bucket(path, s3)}
    notes = _notes(given)
    if work := s3.get("WORK_BUCKET"):
        variables["sparkify_work_bucket"] = _checked(path, work)
    else:
        notes.append("no WORK_BUCKET in [S3]: set the variable sparkify_work_bucket yourself")
    return AirflowConfig(
        {"redshift_default": _warehouse(path, cluster), "aws_default": _aws(given)},
        variables,
        tuple(notes),
    )


def _parse(path: Path) -> ConfigParser:
    parser = ConfigParser(interpolation=None)  # a password may have a percent sign
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"))  # Windows puts a mark first
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; see dwh.cfg.example") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8: save it as such") from None
    except Error as error:
        # The error quotes the line, which may be the one with the password.
        lines = [number for number, _ in getattr(error, "errors", ())]
        number = lines[0] if lines else getattr(error, "lineno", "?")
        raise ConfigError(f"{path}, line {number}: not as dwh.cfg.example has it") from None
    return parser


def _warehouse(path: Path, cluster: Mapping[str, str]) -> dict[str, Any]:
    port = cluster["DB_PORT"] or "5439"
    if not (port.isdecimal() and 0 < int(port) <= _LAST_PORT):
        raise ConfigError(f"{path}: DB_PORT in [CLUSTER] is no number of a port")
    if not _HOST.fullmatch(cluster["HOST"]):
        raise ConfigError(
            f"{path}: HOST in [CLUSTER] is no host's name: of an endpoint as the console shows it,"
            " HOST:PORT/DATABASE, the port goes into DB_PORT and the database into DB_NAME"
        )
    connection: dict[str, Any] = {
        "conn_type": "redshift",
        "host": cluster["HOST"],
        "port": int(port),
        "login": cluster["DB_USER"],
        "schema": cluster["DB_NAME"],
    }
    if cluster["DB_PASSWORD"]:
        return connection | {"password": cluster["DB_PASSWORD"]}
    return connection | {"extra": {"iam": True}}


def _aws(given: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    # The cluster's: Airflow asks for passwords there. Where the buckets are, S3 is asked.
    of_host = _REGION_IN_HOST.search(given["CLUSTER"]["HOST"])
    extra = {"region_name": of_host[1] if of_host else _REGION}
    if role := given.get("IAM_ROLE", {}).get("ARN"):
        extra["copy_iam_role"] = role
    return {"conn_type": "aws", "extra": extra}


def _bucket(path: Path, s3: Mapping[str, str]) -> str:
    """The one bucket of all sources.

    :raises ConfigError: there are several, or their keys are not those that the DAG reads.
    """
    buckets = set()
    for name, key in _KEYS.items():
        address = s3.get(name, "")
        bucket, _, prefix = address.removeprefix("s3://").partition("/")
        if not address.startswith("s3://") or prefix.rstrip("/") != key:
            raise ConfigError(
                f"{path}: {name} in [S3] is {address or 'missing'}: the DAG reads"
                f" s3://BUCKET/{key}; for another key change plugins/sparkify/model.py"
            )
        buckets.add(_checked(path, bucket))
    if len(buckets) > 1:
        raise ConfigError(f"{path}: [S3] names {len(buckets)} buckets; the DAG reads one")
    return buckets.pop()


def _checked(path: Path, bucket: str) -> str:
    try:
        return check_bucket(bucket)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None


def _notes(given: Mapping[str, Mapping[str, str]]) -> list[str]:
    unused = [
        f"[{section}] {name}"
        for section, keys in given.items()
        for name in keys
        if name not in _USED.get(section, ())
    ]
    notes = [f"not used: {', '.join(unused)}"] if unused else []
    if {"KEY", "SECRET"} & set(given.get("AWS", {})):
        notes.append(
            "Airflow reaches S3 by the role of its machine; where it has none, add keys to"
            " aws_default by hand"
        )
    return notes


def write_environment(config: AirflowConfig, path: Path) -> None:
    """A file that its owner alone can read, whole or not at all.

    :raises ConfigError: something else is there: it would be lost.
    """
    if path.exists() and not _is_ours(path):
        raise ConfigError(f"{path} is there, and holds other things: name another file")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(config.environment())
    draft.replace(path)


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return all(line.startswith(_WRITTEN) for line in lines if line.strip())


def import_into_airflow(config: AirflowConfig) -> None:
    """Put all of it into the metadata database, over what has the same names.

    :raises subprocess.CalledProcessError: Airflow says no; it has said why.
    """
    for what, content in (("connections", config.connections), ("variables", config.variables)):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:  # mode 0600
            json.dump(content, file)
            file.flush()
            over = ["--overwrite"] if what == "connections" else []
            command = [sys.executable, "-m", "airflow", what, "import", *over, file.name]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make Airflow's connections and variables of an old dwh.cfg."""
    parser = argparse.ArgumentParser(prog="dwh_config", description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path, metavar="dwh.cfg", nargs="?")
    parser.add_argument("--output", type=Path, default=Path("connections.env"), metavar="FILE")
    parser.add_argument(
        "--into-airflow", action="store_true", help="into Airflow's database, and no file"
    )
    options = parser.parse_args(arguments)
    if options.config is None:
        parser.error("which file? make connections CFG=dwh.cfg")
    try:
        config = read_config(options.config)
        if options.into_airflow:
            import_into_airflow(config)
            where = "Airflow's database"
        else:
            write_environment(config, options.output)
            where = f"{options.output}, which you alone can read"
    except (ConfigError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's answer
        return 1
    except subprocess.CalledProcessError:
        print("Airflow did not take it: see above", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{options.config} → {where}:\n{config.summary()}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
