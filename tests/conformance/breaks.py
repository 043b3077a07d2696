"""Breaks single behaviours of a local endpoint that runs in this process.

Each break replaces one function, in PostgreSQL or in Python, until its context ends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import psycopg
import pytest

from local.redshift import session
from local.redshift.copy import copy_run, objects
from local.redshift.copy.load_history import Load, LoadHistory, QueryIds
from local.redshift.copy.objects import ObjectStore
from local.redshift.database import DATABASE
from local.redshift.server import RedshiftEndpoint

# The module: the package has a function of the same name.
planning = import_module("local.redshift.dialect.plans")

Breaking = Callable[[RedshiftEndpoint], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Break:
    """A break, and the probe that must detect it.

    :param sees: a regular expression for the probe's message.
    :param isolation: the isolation level at which the behaviour exists.
    """

    probe: str
    sees: str
    breaking: Breaking
    isolation: str = "snapshot"


def run_as_superuser(endpoint: RedshiftEndpoint, *statements: str) -> None:
    with psycopg.connect(**endpoint.postgres.address, dbname=DATABASE, autocommit=True) as server:
        for sql in statements:
            server.execute(sql)


def by_sql(*statements: str, undo: str) -> Breaking:
    """Run statements in PostgreSQL, and at the end one that reverts them."""

    @contextmanager
    def breaking(endpoint: RedshiftEndpoint) -> Iterator[None]:
        run_as_superuser(endpoint, *statements)
        try:
            yield
        finally:
            run_as_superuser(endpoint, *undo.split(";"))

    return breaking


def by_function(name: str, arguments: str, returns: str, body: str) -> Breaking:
    """Replace a function of `redshift_catalog`."""
    kept = f"{name}_kept"
    return by_sql(
        f"alter function redshift_catalog.{name}({arguments}) rename to {kept}",
        f"create function redshift_catalog.{name}({arguments}) returns {returns}"
        f" language sql stable as $$ {body} $$",
        undo=f"drop function redshift_catalog.{name}({arguments});"
        f"alter function redshift_catalog.{kept}({arguments}) rename to {name}",
    )


def by_python(owner: Any, name: str, make: Callable[[Any], Any]) -> Breaking:
    """Replace an attribute; `make` gets the old value and returns the new one."""

    @contextmanager
    def breaking(endpoint: RedshiftEndpoint) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, make(getattr(owner, name)))
            yield

    return breaking


def by_planner(command: str, plan: Callable[[str], Any]) -> Breaking:
    """Plan a command differently."""

    @contextmanager
    def breaking(endpoint: RedshiftEndpoint) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(planning._PLANNERS, command, lambda sql, tokens: plan(sql))
            yield

    return breaking


def view_made_anew(sql: str) -> Any:
    """Run CREATE OR REPLACE VIEW as DROP and CREATE; leave other statements unchanged."""
    if view := re.match(r"create or replace view (\w+)", sql):
        return planning.Run((f"drop view {view[1]}", sql), "CREATE VIEW")
    return planning.Forward(sql)


def without_mandatory(find_entries: Any) -> Any:
    def entries(store: ObjectStore, bucket: str, key: str) -> list[objects.S3Object]:
        return [replace(item, mandatory=False) for item in find_entries(store, bucket, key)]

    return entries


def other_words(make_error: Any) -> Any:
    return lambda text: make_error(text.replace("Mandatory url is not present", "An object is not"))


def with_session_id(session_id: int) -> Callable[[Any], Any]:
    def make(record: Any) -> Any:
        def recorded(history: LoadHistory, load: Load, *, completed: bool) -> QueryIds:
            load.session_id = session_id
            return record(history, load, completed=completed)

        return recorded

    return make


def text_equality(function: str) -> tuple[str, str]:
    texts = "oprleft = 'text'::regtype and oprright = 'text'::regtype"
    return (
        "set allow_system_table_mods = on",
        f"update pg_operator set oprcode = '{function}' where oprname = '=' and {texts}",
    )


DATEDIFF = "part text, first timestamp, last timestamp"
ELAPSED = (
    "select extract(epoch from last - first)::bigint / case part when 'hour' then 3600 else 1 end"
)
LEVEL_VIEW = "redshift_catalog.stv_db_isolation_level"

BREAKS = {
    "EXTRACT is a float": Break(
        "extract_is_an_integer",
        "double precision",
        by_function(
            "extract_part",
            "part text, moment timestamp",
            "double precision",
            "select pg_catalog.date_part(part, moment)",
        ),
    ),
    "DATEDIFF counts elapsed time": Break(
        "datediff_counts_boundaries",
        r"\[\(0, 2\)\]",
        by_function("datediff", DATEDIFF, "bigint", ELAPSED),
    ),
    "LOCK lets readers through": Break(
        "lock_stops_readers",
        "did not wait",
        by_planner("LOCK", lambda sql: planning.Forward(f"{sql} in exclusive mode")),
    ),
    "a missing object has other words": Break(
        "a_missing_mandatory_object_fails",
        "An object is not in manifest file",
        by_python(objects, "CopySourceError", other_words),
    ),
    "a mandatory object may be missing": Break(
        "a_missing_mandatory_object_loads_nothing",
        "accepted: copy",
        by_python(ObjectStore, "_manifest_entries", without_mandatory),
    ),
    "a bad value has other words": Break(
        "a_bad_value_fails_the_copy",
        "the load failed",
        by_python(copy_run, "_failure", lambda _: lambda load, reason="": "the load failed"),
    ),
    "COPY sends no notice": Break(
        "copy_sends_notices",
        r"notices: \[\]",
        by_python(copy_run, "_notices", lambda _: lambda load: []),
    ),
    "pg_last_copy_id is an id of SYS views": Break(
        "the_last_copy_id_is_one_of_stl_views",
        "0 rows, not 2",
        by_function(
            "pg_last_copy_id", "", "bigint", "select redshift_catalog.last_user_query_id()"
        ),
    ),
    "SYS views show another session's id": Break(
        "a_copy_is_found_by_its_session",
        "0 rows, not 1",
        by_python(LoadHistory, "record", with_session_id(0)),
    ),
    "SYS views lag by an hour": Break(
        "the_history_shows_a_copy_in_time",
        "0 rows, not 1",
        by_sql(
            f"alter database {DATABASE} set redshift.system_view_lag = '3600'",
            undo=f"alter database {DATABASE} set redshift.system_view_lag = '0'",
        ),
    ),
    "TRUNCATE does not commit": Break(
        "truncate_commits",
        r"\[\(0,\)\]\]",
        by_planner("TRUNCATE", planning.Forward),
    ),
    "blanks at the end count": Break(
        "trailing_blanks_do_not_count",
        r"'WHERE': \[\(1,\)\]",
        by_sql(*text_equality("texteq"), undo=";".join(text_equality("bpchareq"))),
    ),
    "a conflict of two writes has PostgreSQL's words": Break(
        "a_write_over_a_write_is_a_conflict",
        "40001",
        by_python(session, "_redshift_error", lambda _: lambda message: message),
    ),
    "1023 has PostgreSQL's words": Break(
        "the_isolation_level_is_as_declared",
        "40001",
        by_python(session, "_redshift_error", lambda _: lambda message: message),
        isolation="serializable",
    ),
    "a level is declared and not kept": Break(
        "the_isolation_level_is_as_declared",
        "declared Serializable, and behaves as SNAPSHOT",
        by_sql(
            f"alter view {LEVEL_VIEW} rename to level_kept",
            f"create view {LEVEL_VIEW} as select current_database() as db_name,"
            " 'Serializable'::char(20) as isolation_level",
            f"grant select on {LEVEL_VIEW} to public",
            undo=f"drop view {LEVEL_VIEW};"
            "alter view redshift_catalog.level_kept rename to stv_db_isolation_level",
        ),
    ),
    "ALTER DATABASE knows no isolation level": Break(
        "alter_database_knows_the_levels",
        "syntax error",
        by_python(planning, "alter_level", lambda _: lambda sql: ()),
    ),
    "a view that is replaced loses its grants": Break(
        "replacing_a_view_keeps_its_grants",
        r"after \[\]",
        by_planner("CREATE", view_made_anew),
    ),
}
