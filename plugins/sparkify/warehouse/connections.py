"""Turn an Airflow connection into a connection to Redshift, by the hook of its type.

The same rules apply to both drivers: `redshift_connector` for connections of type `redshift`, and
psycopg for connections of type `postgres`.

- TLS is on, and the server's certificate and name are verified, unless the connection's extra says
  otherwise. In that case the log has a warning, except for this machine itself.
- Redshift's connection log shows the name `sparkify`, unless the extra has an `application_name`.
- With `"iam": true` in the extra, the hook asks AWS for a short-lived password, using the AWS
  connection, and the driver gets only that password. (By itself, redshift_connector would ask a
  second time, with other credentials than Airflow's.)

Source: Redshift's management guide, "Connecting using SSL" and "Using IAM authentication to
generate database user credentials".
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparkify.warehouse.place import Place

if TYPE_CHECKING:
    from airflow.providers.common.sql.hooks.sql import DbApiHook
    from airflow.sdk import Connection

log = logging.getLogger(__name__)

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_VERIFIED = frozenset({"verify-ca", "verify-full"})
# True or false; in a connection's URI they are text, of which a driver takes "true" for false.
_FLAGS = frozenset({"ssl", "iam", "is_serverless", "redshift", "redshift-serverless"})
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
# What the hook of type `redshift` reads to get a password, and its driver must not see.
_OF_TOKEN = frozenset(
    {"iam", "aws_conn_id", "cluster_identifier", "is_serverless", "serverless_work_group"}
    | {"serverless_token_duration_seconds"}
)


class Connector:
    """Opens connections to the warehouse that one Airflow connection describes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def place(self) -> Place:
        """Where its tables are, for OpenLineage."""
        return Place.of(self._connection)

    def open(self) -> Any:
        """A DB-API connection; with IAM, by a password that is new each time."""
        connection = self._hook().get_conn()
        if hasattr(connection, "prepare_threshold"):
            # psycopg prepares what it sends often, and then says DEALLOCATE ALL, which Redshift
            # does not have.
            connection.prepare_threshold = None
        return connection

    def _hook(self) -> DbApiHook:
        connection = _with_defaults(self._connection)
        if connection.conn_type == "postgres":
            from airflow.providers.postgres.hooks.postgres import PostgresHook

            return PostgresHook(postgres_conn_id=connection.conn_id, connection=connection)
        from airflow.providers.amazon.aws.hooks.redshift_sql import RedshiftSQLHook

        extra = connection.extra_dejson
        hook = RedshiftSQLHook(
            redshift_conn_id=connection.conn_id,
            aws_conn_id=extra.get("aws_conn_id", "aws_default"),
        )
        if extra.get("iam"):
            connection = _with_token(connection, *hook.get_iam_token(connection))
        hook.conn = connection
        return hook


def connector_of(conn_id: str) -> Connector:
    """What opens connections for an Airflow connection's id.

    :raises ValueError: its type is neither `redshift` nor `postgres`.
    """
    from airflow.sdk import BaseHook

    connection = BaseHook.get_connection(conn_id)
    if connection.conn_type not in ("redshift", "postgres"):
        raise ValueError(
            f"connection {conn_id!r} is of type {connection.conn_type!r}:"
            " 'redshift' or 'postgres' is needed"
        )
    return Connector(connection)


def _with_defaults(connection: Connection) -> Connection:
    """A copy with defaults for what the extra does not set: verified TLS, and our name."""
    extra = {
        name: _flag(name, value) if name in _FLAGS else value
        for name, value in connection.extra_dejson.items()
        if value is not None
    }
    postgres = connection.conn_type == "postgres"  # whose driver knows no `ssl`, and says so
    # Without a name, redshift_connector reads the source of each caller to find one: 0.1 s.
    extra.setdefault("application_name", "sparkify")
    off = extra.get("ssl") is False or (postgres and extra.get("sslmode") == "disable")
    if not off:
        extra.setdefault("sslmode", "verify-full")
    if postgres and extra.get("sslmode") in _VERIFIED:
        extra.setdefault("sslrootcert", _amazons_authorities())
    if (off or extra["sslmode"] not in _VERIFIED) and connection.host not in _LOOPBACK:
        log.warning(
            "%s: TLS to %s is %s: say sslmode=verify-full in the connection's extra",
            connection.conn_id,
            connection.host,
            "off" if off else "not verified",
        )
    return _changed(connection, extra)


def _flag(name: str, value: Any) -> bool:
    """:raises ValueError: it is neither true nor false."""
    flag = _TRUTH.get(str(value).lower())
    if flag is None:
        raise ValueError(f"{name} in the connection's extra is {value!r}: true or false is needed")
    return flag


def _with_token(connection: Connection, login: str, password: str, port: int) -> Connection:
    from airflow.sdk.log import mask_secret

    mask_secret(password)
    extra = {k: v for k, v in connection.extra_dejson.items() if k not in _OF_TOKEN}
    changed = _changed(connection, extra)
    changed.login, changed.password, changed.port = login, password, port
    return changed


def _changed(connection: Connection, extra: Mapping[str, Any]) -> Connection:
    changed = copy(connection)
    changed.extra = json.dumps(extra)
    return changed


def _amazons_authorities() -> str:
    """The certificates that Redshift's own are signed by, as redshift_connector brings them."""
    import redshift_connector

    return str(Path(redshift_connector.__file__).parent / "files" / "redshift-ca-bundle.crt")
