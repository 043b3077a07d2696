"""The project's tables, for the tests that begin with all of them empty.

To create them takes 0.15 s, so a test that has left them as they were created passes them on: only
their rows are deleted.
"""

from __future__ import annotations

from typing import Any

import psycopg

_MOST_BYTES = 2_000_000  # deleted rows keep their place, which a later test would read

# A change of a table, its columns and privileges, a view or a function gives another row or xmin.
_STATE = """
select 'class' as kind, oid, 0 as number, xmin::text as changed
from pg_class where relnamespace = to_regnamespace('public')
union all
select 'column', c.oid, a.attnum, a.xmin::text
from pg_attribute as a inner join pg_class as c on a.attrelid = c.oid
where c.relnamespace = to_regnamespace('public')
union all
select 'default', oid, 0, xmin::text from pg_attrdef
union all
select 'constraint', oid, 0, ''
from pg_constraint where connamespace = to_regnamespace('public')
union all
select 'function', oid, 0, xmin::text
from pg_proc where pronamespace = to_regnamespace('public')
union all
select 'comment', objoid, objsubid, xmin::text from pg_description where objoid > 16384
union all
select 'schema', oid, 0, xmin::text from pg_namespace
where oid > 16384 and nspname !~ '^pg_(toast_)?temp_'  -- of sessions
union all
select 'privilege', oid, 0, xmin::text from pg_default_acl
"""
_SIZES = """
select relname, pg_relation_size(oid) from pg_class
where relnamespace = to_regnamespace('public') and relkind = 'r'
"""


State = frozenset[tuple[Any, ...]]


class Tables:
    """The project's tables on one endpoint."""

    def __init__(self) -> None:
        self._created: State = frozenset()  # the schema's state when they were created

    def remember(self, connection: psycopg.Connection) -> None:
        """Take the schema as it is for that of the tables when they are created."""
        self._created = self._state(connection)

    def empty(self, connection: psycopg.Connection) -> bool:
        """Delete all rows, if the schema is as it was; returns whether it is."""
        if self._state(connection) != self._created:
            return False
        sizes = connection.execute(_SIZES).fetchall()
        if sum(size for _, size in sizes) > _MOST_BYTES:
            return False
        for name, size in sizes:
            if size:
                connection.execute(f"delete from public.{name}")
        return True

    def _state(self, connection: psycopg.Connection) -> State:
        return frozenset(connection.execute(_STATE).fetchall())
