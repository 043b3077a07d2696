"""The endpoint's database: its role, settings, functions and rules for comparing texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.redshift import catalog
from local.redshift.dialect.transactions import LEVELS

USER = "awsuser"
DATABASE = "dev"
_SETTINGS = {
    # Redshift's functions take precedence over PostgreSQL's; new tables are created in public.
    "search_path": '"$user", public, redshift_catalog, pg_catalog',
    "timezone": "'UTC'",
    # A backslash in any string begins an escape, as in PostgreSQL 8.0.
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
}
# Set after the indexes on texts have been rebuilt for catalog/comparison.sql.
_REINDEXED = "redshift.text_indexes"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Settings in which Redshift clusters differ.

    :param system_view_lag: seconds until a load appears in the system views.
    :param isolation: the isolation level, `snapshot` or `serializable`.
    """

    system_view_lag: float = 0.0
    isolation: str = "snapshot"


def prepare(address: dict[str, Any], behaviour: Behaviour) -> None:
    """Create the database, or update one of an earlier version.

    :param address: keyword arguments of ``psycopg.connect``, for a superuser.
    """
    import psycopg

    settings = _SETTINGS | LEVELS[behaviour.isolation]
    settings["redshift.system_view_lag"] = f"'{behaviour.system_view_lag}'"
    with psycopg.connect(**address, dbname="postgres", autocommit=True) as connection:
        _create(connection)
        for setting, value in settings.items():
            _set(connection, setting, value)
    with psycopg.connect(**address, dbname=DATABASE, autocommit=True) as connection:
        for script in catalog.SCRIPTS:
            connection.execute(script)
    # A new connection, since the first one has cached the functions that compare texts.
    with psycopg.connect(**address, dbname=DATABASE, autocommit=True) as connection:
        ((reindexed,),) = connection.execute(f"select current_setting('{_REINDEXED}', true)")
        if reindexed != "on":
            connection.execute(f"reindex database {DATABASE}")
            _set(connection, _REINDEXED, "'on'")


def _create(connection: Any) -> None:
    if not connection.execute("select 1 from pg_roles where rolname = %s", [USER]).fetchone():
        connection.execute(f"create role {USER} login")
    # Redshift's superuser has no rights on the cluster's machines.
    connection.execute(f"alter role {USER} nosuperuser createrole")
    exists = "select 1 from pg_database where datname = %s"
    if not connection.execute(exists, [DATABASE]).fetchone():
        connection.execute(f"create database {DATABASE} owner {USER}")


def _set(connection: Any, setting: str, value: str) -> None:
    connection.execute(f"alter database {DATABASE} set {setting} = {value}")
