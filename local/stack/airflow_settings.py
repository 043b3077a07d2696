"""Airflow's configuration on the laptop, as environment variables.

Purpose: the stack responds fast, listens only on 127.0.0.1, and contacts no other machine. Comments
explain the values that differ from Airflow's defaults for speed.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import sys
from pathlib import Path

from local.s3 import ACCESS_KEY, CLIENT_CONFIG, REGION, SECRET_KEY, SOURCE_BUCKET, WORK_BUCKET
from local.stack.settings import REPOSITORY, Settings

STACK_VARIABLE = "SPARKIFY_STACK"  # marks every process of a stack with its state directory
PRELOAD_VARIABLE = "SPARKIFY_PRELOAD"
LOCAL_SETTINGS_DIR = Path(__file__).resolve().parent / "airflow_config"


def stack_environment(settings: Settings) -> dict[str, str]:
    """The environment of the stack's processes: the caller's, without conflicting variables."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AIRFLOW", "_AIRFLOW", "AWS_", "RCLONE_"))
        # Without bytecode files, every import of Airflow takes twice as long.
        and name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME")
    }
    hosts = [environment.get("NO_PROXY") or environment.get("no_proxy"), "127.0.0.1", "localhost"]
    no_proxy = ",".join(host for host in hosts if host)
    environment |= {
        STACK_VARIABLE: str(settings.state_dir),
        # Process titles overwrite only argv, so that the variable above stays readable.
        "SPT_NOENV": "1",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "PYTHONUNBUFFERED": "1",
        # Airflow's own warnings, which appear in every task's log and on its command line.
        "PYTHONWARNINGS": "ignore:GitWildMatchPattern,ignore:Could not import graphviz",
        # Airflow imports its local settings from here, whatever the working directory is.
        "PYTHONPATH": os.pathsep.join((str(LOCAL_SETTINGS_DIR), str(REPOSITORY))),
        "SCARF_ANALYTICS": "false",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if sys.platform == "darwin":  # allows forks after system frameworks were used
        environment |= {"OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES", "no_proxy": "*"}
    return environment


def airflow_environment(settings: Settings) -> dict[str, str]:
    """`stack_environment`, with Airflow's configuration, connections and variables."""
    generated = _secrets(settings.state_dir / "secrets.json")
    user = "postgres@127.0.0.1"
    configuration = {
        "CORE__DAGS_FOLDER": str(settings.dags_dir),
        "CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "8",  # each is a process that is forked at the start
        "CORE__FERNET_KEY": generated["fernet_key"],
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "CORE__EXECUTION_API_SERVER_URL": f"{settings.ui_url}/execution/",
        "CORE__MIN_SERIALIZED_DAG_UPDATE_INTERVAL": "0",
        "DATABASE__SQL_ALCHEMY_CONN": (
            f"postgresql+psycopg2://{user}:{settings.metadata.number}/airflow"
        ),
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",  # the maximum seconds between two tasks
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",  # a task's end is noticed at a heartbeat
        "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(settings.ui.number),
        "API__BASE_URL": settings.ui_url,
        "API__WORKERS": "1",
        "API__SECRET_KEY": generated["api_secret_key"],
        "API_AUTH__JWT_SECRET": generated["jwt_secret"],
        "LOGGING__BASE_LOG_FOLDER": str(settings.airflow_home / "logs"),
    }
    redshift = {
        "conn_type": "redshift",
        "description": "The local endpoint: without TLS, as nothing leaves this machine",
        "host": "127.0.0.1",
        "port": settings.redshift.number,
        "login": "awsuser",
        "password": generated["redshift_password"],
        "schema": "dev",
        "extra": {"ssl": False},
    }
    aws = {
        "conn_type": "aws",
        "login": ACCESS_KEY,
        "password": SECRET_KEY,
        "extra": {
            "endpoint_url": settings.aws_url,
            "region_name": REGION,
            "service_config": {"s3": {"endpoint_url": settings.s3_url}},
            "config_kwargs": CLIENT_CONFIG,
        },
    }
    return (
        stack_environment(settings)
        | {"AIRFLOW_HOME": str(settings.airflow_home)}
        | {f"AIRFLOW__{name}": value for name, value in configuration.items()}
        | {
            "AIRFLOW_CONN_REDSHIFT_DEFAULT": json.dumps(redshift),
            "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(aws),
            "AIRFLOW_VAR_SPARKIFY_SOURCE_BUCKET": SOURCE_BUCKET,
            "AIRFLOW_VAR_SPARKIFY_WORK_BUCKET": WORK_BUCKET,
        }
        | dict(settings.airflow_overrides)
    )


def redshift_password(settings: Settings) -> str:
    return _secrets(settings.state_dir / "secrets.json")["redshift_password"]


def _secrets(path: Path) -> dict[str, str]:
    """The stack's secrets, created on first use. Only the owner can read the file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = {
            "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "api_secret_key": secrets.token_urlsafe(32),
            "jwt_secret": secrets.token_urlsafe(48),
            "redshift_password": secrets.token_urlsafe(16),
        }
        draft = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(fresh, file)
        try:
            os.link(
                draft, path
            )  # of two concurrent starts the first one wins, and both read its file
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    stored: dict[str, str] = json.loads(path.read_text())
    return stored
