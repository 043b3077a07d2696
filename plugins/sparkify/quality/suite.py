"""The checks of the project, and when each one runs.

- Before a load commits: the files of include/sql/quality/TABLE, and the generic checks of
  ``checks_before_commit``. All are of severity `error`.
- After all loads of a run, in `check_quality`: the files of include/sql/quality, and the generic
  checks of ``checks_after_loads``.
- Each day, in `sparkify_audit`: the files of include/sql/quality/audit, and the generic checks of
  ``checks_of_audit``, over whole tables.

Generic checks are in include/sql/quality/any_table. A file of a table's own folder replaces the
generic check of the same name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sparkify.include import SQL
from sparkify.model import (
    STAGING,
    STAGING_EVENTS,
    STAR,
    TABLES,
    Folder,
    Partitioned,
    StagingTable,
    StarTable,
    Table,
)
from sparkify.quality.checks import AnyCheck, Check, RecomputedCheck
from sparkify.quality.volume import VolumeCheck


def checks_before_commit(table: Table, *, repair: bool = False) -> list[Check]:
    """The checks that a load of the table must pass before it commits, by name.

    :param repair: the load takes its rows from the staging tables alone.
    """
    files = (SQL / "quality" / table.name).glob("*.sql")
    own = [Check(f"quality/{table.name}/{path.name}", table=table.name) for path in files]
    named = {check.name for check in own}
    generic = {check.name: check for check in _before_commit(table) if check.name not in named}
    if repair and isinstance(table, StarTable):
        generic |= {check.name: check for check in _before_repair(table)}
    return sorted([*own, *generic.values()], key=_name)


def checks_after_loads() -> list[AnyCheck]:
    """The checks that a run makes after its loads, by name.

    :raises FileNotFoundError: include/sql/quality has no check.
    """
    own: list[AnyCheck] = [*_checks_in("quality")]
    return sorted([*own, *(check for table in TABLES for check in _after_loads(table))], key=_name)


def checks_of_audit() -> list[Check]:
    """The checks of whole tables, by name.

    :raises FileNotFoundError: include/sql/quality/audit has no check.
    """
    own = _checks_in("quality/audit")
    unique = [_check("key_unique", table, key=table.key) for table in TABLES]
    counted = [
        _whole_ledger("matches_ledger_at_any_time", table, table.source)
        for table in STAGING
        if isinstance(table.source, Partitioned)
    ]
    recomputed = [
        RecomputedCheck(
            "quality/any_table/recomputed.sql", all_time=True, table=table.name, key=table.key
        )
        for table in STAR
    ]
    return sorted([*own, *unique, *counted, *recomputed], key=_name)


def _checks_in(folder: str) -> list[Check]:
    checks = [Check(f"{folder}/{path.name}") for path in (SQL / folder).glob("*.sql")]
    if not checks:
        raise FileNotFoundError(f"no check below {SQL / folder}")
    return checks


def _before_commit(table: Table) -> Iterator[Check]:
    source = table if isinstance(table, StagingTable) else table.loaded_from
    if isinstance(table, StagingTable):
        yield _check("objects_add_up", table)
        if table.event_time is not None:
            yield _check("matches_ledger", table, event_time=table.event_time)
    if table.event_time is not None:
        yield _check("key_unique_in_window", table, key=table.key, event_time=table.event_time)
    elif isinstance(source.source, Folder) and {*table.key} <= {*source.columns}:
        yield _check("key_once_of_run", table, source=source.name, key=table.key)
    else:
        yield _check("key_unique", table, key=table.key)


def _before_repair(table: StarTable) -> Iterator[Check]:
    """A staging table that has lost rows would take them from the star schema, too."""
    for source in (table.loaded_from, table.late_source):
        match source:
            case StagingTable(source=Partitioned() as partitioned):
                yield _whole_ledger("complete_in_window", source, partitioned)
            case StagingTable():
                yield _check("not_empty", source)
    if table.event_time is None:
        yield _check("key_unique", table, key=table.key)


def _after_loads(table: Table) -> Iterator[AnyCheck]:
    match table:
        case StagingTable(source=Folder()):
            yield _check("not_empty", table)
        case StagingTable():
            yield _check("not_empty_once_loaded", table)
            yield _check("fresh", table, event_time=str(table.event_time))
            yield _check("late_rows", table)
            yield _check(
                "key_unique_around_window",
                table,
                key=table.key,
                event_time=str(table.event_time),
            )
            yield _check("objects_not_shrunk", table)
            yield _check("every_line_is_a_row", table)
            yield VolumeCheck(table)
        case StarTable(loaded_from=StagingTable(source=Folder()) as source):
            yield _check("not_empty_once_sourced", table, source=source.name)
        case StarTable():
            if table.event_time is not None:
                late: dict[str, Any] = (
                    {"late_source": table.late_source.name} if table.late_source else {}
                )
                yield RecomputedCheck(
                    "quality/any_table/recomputed_in_window.sql",
                    table=table.name,
                    source=table.loaded_from.name,
                    key=table.key,
                    event_time=table.event_time,
                    **late,
                )
            if table.loaded_from is STAGING_EVENTS:
                yield _check("not_empty_once_played", table)


def _check(file: str, table: Table, **names: str | Sequence[str]) -> Check:
    return Check(f"quality/any_table/{file}.sql", table=table.name, **names)


def _whole_ledger(file: str, table: StagingTable, source: Partitioned) -> Check:
    return _check(file, table, event_time=str(table.event_time), unit=source.unit)


def _name(check: AnyCheck) -> str:
    return check.name
