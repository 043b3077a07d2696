"""The checks of the project: the files of include/sql/quality, and generic checks for each table.

Each file there is a check. The files below `any_table/` run for the tables that ``sparkify.model``
declares. A file named after a table and a generic check, such as `users_key_unique_in_window.sql`,
replaces that generic check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sparkify.include import SQL
from sparkify.model import STAGING_EVENTS, TABLES, Folder, StagingTable, StarTable, Table
from sparkify.quality.checks import Check


def all_checks() -> list[Check]:
    """All checks, in the order of their names.

    :raises FileNotFoundError: include/sql/quality has no check.
    """
    own = [Check(f"quality/{path.name}") for path in (SQL / "quality").glob("*.sql")]
    if not own:
        raise FileNotFoundError(f"no check below {SQL / 'quality'}")
    named = {check.name for check in own}
    generic = [check for table in TABLES for check in table_checks(table)]
    return sorted(
        [*own, *(check for check in generic if check.name not in named)],
        key=lambda check: check.name,
    )


def table_checks(table: Table) -> Iterator[Check]:
    """The checks that hold for any table of its kind."""
    match table:
        case StagingTable(source=Folder()):
            yield _check("not_empty", table)
            yield _check("key_once_of_run", table, source=table.name, key=table.key)
        case StagingTable():
            yield _check("not_empty_once_loaded", table)
            yield _check("fresh", table, event_time=str(table.event_time))
        case StarTable(loaded_from=StagingTable(source=Folder()) as source):
            yield _check("not_empty_once_sourced", table, source=source.name)
            yield _check("key_once_of_run", table, source=source.name, key=table.key)
        case StarTable() if table.loaded_from is STAGING_EVENTS:
            yield _check("not_empty_once_played", table)
    if table.event_time:
        names: dict[str, str | Sequence[str]]
        names = {"key": table.key, "event_time": table.event_time}
        yield _check("key_not_null_in_window", table, **names)
        yield _check("key_unique_in_window", table, **names)


def _check(file: str, table: Table, **names: str | Sequence[str]) -> Check:
    return Check(f"quality/any_table/{file}.sql", table=table.name, **names)
