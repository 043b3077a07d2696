"""The database behind the endpoint: its role, settings, functions and rules for texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from local.redshift import catalog
from local.redshift.dialect.transactions import LEVELS

USER = "awsuser"
DATABASE = "dev"
_SETTINGS = {
    # Functions of Redshift's go before PostgreSQL's of the same name; tables go to public.
    "search_path": '"$user", public, redshift_catalog, pg_catalog',
    "timezone": "'UTC'",
    # A backslash in any string begins an escape, as in PostgreSQL 8.0.
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
}
# Set once the indexes on texts follow catalog/comparison.sql.
_REINDEXED = "redshift.text_indexes"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Where one Redshift differs from another.

    :param system_view_lag: seconds until a load shows in the system views.
    :param isolation: of transactions: snapshot or serializable.
    """

    system_view_lag: float = 0.0
    isolation: str = "snapshot"


def prepare(address: dict[str, Any], behaviour: Behaviour) -> None:
    """Make the database, or bring one of an earlier version up to date.

    :param address: keywords of ``psycopg.connect``, of a superuser.
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
    # A new connection: one keeps the functions that it has compared texts by.
    with psycopg.connect(**address, dbname=DATABASE, autocommit=True) as connection:
        ((reindexed,),) = connection.execute(f"select current_setting('{_REINDEXED}', true)")
        if reindexed != "on":
            connection.execute(f"reindex database {DATABASE}")
            _set(connection, _REINDEXED, "'on'")


def _create(connection: Any) -> None:
    if not connection.execute("select 1 from pg_roles where rolname = %s", [USER]).fetchone():
        connection.execute(f"create role {USER} login")
    # Redshift's superuser has no rights on the machine that the cluster runs on.
    connection.execute(f"alter role {USER} nosuperuser createrole")
    known = "select 1 from pg_database where datname = %s"
    if not connection.execute(known, [DATABASE]).fetchone():
        connection.execute(f"create database {DATABASE} owner {USER}")


def _set(connection: Any, setting: str, value: str) -> None:
    connection.execute(f"alter database {DATABASE} set {setting} = {value}")
