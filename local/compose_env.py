"""`python -m local.compose_env`: create the secrets of docker-compose.yaml in `.env`.

Purpose: docker-compose.yaml contains no secret, and nothing has a default password.

How: existing values in `.env` are kept. Missing or empty ones are appended with a random value.
Only the owner can read the file. The script uses only the standard library, so that it runs
without a .venv.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from local.stack.settings import REPOSITORY, SettingsError, read_dotenv

IMAGE_USER = 50000  # the image's user `airflow`
HEADER = "# For docker-compose.yaml, written by `make env`; see .env.example"


def _token() -> str:
    return secrets.token_urlsafe(32)  # needs no escaping in a URL, in JSON or in a shell


def _password() -> str:
    return secrets.token_urlsafe(18)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _user_id() -> str:
    """The caller's id, since the caller can read the mounted files; never root's."""
    return str(os.getuid() or IMAGE_USER)


VARIABLES: Mapping[str, Callable[[], str]] = {
    "AIRFLOW_UID": _user_id,
    "SPARKIFY_COMPOSE_ADMIN_PASSWORD": _password,
    "SPARKIFY_COMPOSE_FERNET_KEY": _fernet_key,
    "SPARKIFY_COMPOSE_JWT_SECRET": _token,
    "SPARKIFY_COMPOSE_API_SECRET_KEY": _token,
    "SPARKIFY_COMPOSE_METADATA_PASSWORD": _password,
    "SPARKIFY_COMPOSE_BROKER_PASSWORD": _password,
    "SPARKIFY_COMPOSE_REDSHIFT_PASSWORD": _password,
}


def main(dotenv: Path = REPOSITORY / ".env") -> int:
    try:
        added = complete(dotenv)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{dotenv}: added {', '.join(added)}" if added else f"{dotenv} is complete")
    print("Airflow's user is admin; `grep ADMIN_PASSWORD .env` shows the password")
    return 0


def complete(dotenv: Path) -> list[str]:
    """Append the missing variables and return their names. Existing values never change.

    :raises SettingsError: a line is not NAME=value.
    """
    descriptor = os.open(dotenv, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # a concurrent call waits, then finds nothing missing
        os.fchmod(file.fileno(), 0o600)
        existing = read_dotenv(dotenv)
        missing = [name for name in VARIABLES if not existing.get(name)]
        if missing:
            text = file.read()
            gap = "\n" if text.endswith("\n") else "\n\n" if text else ""
            lines = [HEADER, *(f"{name}={VARIABLES[name]()}" for name in missing)]
            file.write(gap + "\n".join(lines) + "\n")
    return missing


if __name__ == "__main__":
    sys.exit(main())
