"""Migrations of the schema, on the endpoint."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.failures import LoadRefused
from sparkify.operators import MigrateSchemaOperator
from sparkify.warehouse.migrations import ALONE, Migration, find_migrations, migrate
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import over_all_time, statement
from tests.quality.good_data import insert
from tests.support.runs import TABLES, query, run

FIRST = Migration(1, "make", ("create table t (a integer)", "insert into t values (1)"))
SECOND = Migration(2, "widen", ("alter table t add column b integer default 7",))


@pytest.fixture
def empty(redshift: Any, connections: None) -> Any:
    """A connection with autocommit to a database without tables."""
    redshift.autocommit = True
    return redshift


@pytest.fixture
def apply(empty: Any) -> Iterator[Callable[..., list[str]]]:
    """Apply migrations; returns the names of those that were new."""
    with Warehouse.connect("redshift_default") as warehouse:
        yield lambda *migrations: [
            str(done) for done in migrate(warehouse, migrations, run_id="manual__test")
        ]


def operator() -> MigrateSchemaOperator:
    return MigrateSchemaOperator(task_id="create_tables")


def tables(connection: Any) -> set[str]:
    rows = query(connection, "select tablename from pg_tables where schemaname = 'public'")
    return {name for (name,) in rows}


@pytest.mark.parametrize(
    ("isolation", "shown"),
    [("snapshot", "Snapshot Isolation"), ("serializable", "Serializable")],
    indirect=["isolation"],
)
def test_the_log_says_which_isolation_level_the_database_has(isolation, shown, empty, caplog):
    with caplog.at_level("INFO"):
        run(operator())
    assert f"Isolation level of the database: {shown}\n" in caplog.text


def test_an_isolation_level_that_cannot_be_read_stops_nothing(empty, caplog, monkeypatch):
    monkeypatch.setattr(
        "sparkify.operators.migrate_schema.statement", lambda _: "select denied from nowhere"
    )
    with caplog.at_level("INFO"):
        assert run(operator())["applied"]
    assert 'unknown (relation "nowhere" does not exist' in caplog.text


def test_an_empty_schema_gets_every_table_once(empty, conn_type):
    migrations = find_migrations()
    assert run(operator()) == {"applied": [str(migration) for migration in migrations]}
    assert tables(empty) >= {*TABLES, "schema_migrations"}
    assert run(operator()) == {"applied": []}
    noted = query(empty, "select number, name, run_id from schema_migrations order by number")
    assert noted == [(one.number, one.name, "manual__test") for one in migrations]


def test_a_loaded_schema_from_before_there_were_migrations_keeps_its_rows(empty):
    migrations = find_migrations()
    for sql in migrations[0].statements:
        query(empty, sql)
    query(empty, "insert into users (user_id, level) values ('7', 'paid')")
    assert run(operator()) == {"applied": [str(migration) for migration in migrations]}
    assert query(empty, "select user_id, level from users") == [("7", "paid")]


def test_a_later_migration_changes_a_table_that_has_rows(empty, apply):
    assert apply(FIRST) == ["0001_make"]
    assert apply(FIRST, SECOND) == ["0002_widen"]
    assert apply(FIRST, SECOND) == []
    assert query(empty, "select a, b from t") == [(1, 7)]


def test_a_migration_that_fails_leaves_nothing_and_those_before_it_stay(empty, apply, caplog):
    broken = Migration(2, "widen", (*SECOND.statements, "select nothing from nowhere"))
    caplog.set_level(logging.INFO, "sparkify.warehouse.migrations")
    with pytest.raises(Exception, match="nowhere"):
        apply(FIRST, broken)
    assert "Applying 0002_widen" in caplog.text
    assert query(empty, "select number from schema_migrations") == [(1,)]
    assert query(empty, "select * from t") == [(1,)]
    assert apply(FIRST, SECOND) == ["0002_widen"]


def test_two_at_once_apply_each_migration_once(empty):
    apart = [operator() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(run_until_done, apart))
    names = [str(migration) for migration in find_migrations()]
    noted = query(empty, "select number from schema_migrations order by number")
    assert noted == [(number,) for number in range(1, len(names) + 1)]
    # Each task may have applied some of the migrations. A retried task returns only those of its
    # last try.
    applied = [name for answer in answers for name in answer["applied"]]
    assert len(applied) == len(set(applied))
    assert set(applied) <= set(names)


def run_until_done(task: MigrateSchemaOperator) -> dict[str, list[str]]:
    """Retry after a conflict, as Airflow does."""
    for _ in range(5):
        try:
            return run(task)
        except Exception as error:
            last = error
    raise last


def test_a_migration_that_was_changed_after_it_was_applied_is_refused(empty, apply):
    apply(FIRST)
    changed = Migration(1, "make", (FIRST.statements[0], "insert into t values (2)"))
    with pytest.raises(LoadRefused, match=r"0001_make was changed after .* 0002_"):
        apply(changed)
    assert query(empty, "select a from t") == [(1,)]


def test_another_layout_or_comment_is_no_change(apply):
    apply(FIRST)
    statements = ("-- Grain: none.\ncreate table t (\n    a integer\n)", FIRST.statements[1])
    assert apply(Migration(1, "make", statements)) == []


def test_a_schema_that_is_ahead_of_the_code_is_refused(apply):
    apply(FIRST, SECOND)
    with pytest.raises(LoadRefused, match=r"ahead of this code: 0002_widen"):
        apply(FIRST)


def test_a_refused_schema_is_not_retried(empty):
    run(operator())
    query(empty, "update schema_migrations set checksum = 'another'")
    with pytest.raises(AirflowFailException, match="was changed after"):
        run(operator())


def test_a_statement_that_must_be_alone_is_run_outside_of_a_transaction(empty, apply):
    alone = Migration(2, "sweep", (f"{ALONE}: Redshift's manual, VACUUM\nvacuum t",))
    assert apply(FIRST, alone) == ["0001_make", "0002_sweep"]
    inside = Migration(3, "sweep_again", ("vacuum t",))
    with pytest.raises(Exception, match="transaction block"):
        apply(FIRST, alone, inside)


@pytest.mark.parametrize(
    ("files", "fault"),
    [
        ({}, "has no migration: deploy include/ beside plugins/"),
        ({"0002_second/a.sql": "select 1"}, r"0002_second: the next migration is 0001_"),
        ({"0001_a/a.sql": "x", "0001_b/a.sql": "x"}, r"0001_b: the next migration is 0002_"),
        ({"first/a.sql": "x"}, "first: the next migration is 0001_"),
        ({"0001_a/a.sql": "-- Grain: none.\n;"}, r"0001_a/a\.sql has no statement"),
        ({"0001_a/readme.txt": "x"}, r"0001_a has no \.sql file"),
        ({"0001_a/a.sql": f"{ALONE}\nvacuum t", "0001_a/b.sql": "x"}, "alone in its own"),
    ],
)
def test_invalid_migration_folders_are_refused(files, fault, tmp_path: Path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=fault):
        find_migrations(tmp_path)


def test_the_projects_own_migrations_are_a_series():
    numbers = [migration.number for migration in find_migrations()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


def test_rows_that_are_there_get_what_a_load_would_give_them(empty, apply):
    known = find_migrations()
    apply(*known[:6])
    for item, page, song in ((0, "NextSong", "BjÃ¶rk"), (1, "Upgrade", None)):
        insert(empty, "staging_events", session_id=1, item_in_session=item, page=page, song=song,
               artist="Ebb", length=180.5, user_id="7", ts=f"2018-11-05 10:0{item}:00",
               user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_2) Safari/604.1")  # fmt: skip
    insert(empty, "songplays", songplay_id="1-0", session_id=1, start_time="2018-11-05 10:00:00",
           user_id="7", song="BjÃ¶rk", artist="Ebb",
           user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 17_2) Safari/604.1")  # fmt: skip
    apply(*known)
    assert len(query(empty, "select * from page_views")) == 2
    assert query(empty, "select song_repaired from songplays") == [("Björk",)]
    for table in ("songplays", "page_views"):
        select = over_all_time(statement(f"load/{table}.sql")).replace("%%", "%")
        loaded = query(empty, f"select * from ({select}) as loaded order by 1")
        assert query(empty, f"select * from {table} order by 1") == loaded
