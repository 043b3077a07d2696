"""Migrations of the schema, against the endpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from sparkify.failures import LoadRefused
from sparkify.migrations import ALONE, Migration, find_migrations, migrate
from sparkify.operators import MigrateSchemaOperator
from sparkify.warehouse import Warehouse
from tests.runs import TABLES, query, run

OURS = [str(migration) for migration in find_migrations()]
FIRST = Migration(1, "make", ("create table t (a integer)", "insert into t values (1)"))
SECOND = Migration(2, "widen", ("alter table t add column b integer default 7",))


@pytest.fixture
def empty(redshift: Any, connections: None) -> Any:
    """A connection, autocommit on, to a database without a table."""
    redshift.autocommit = True
    return redshift


@pytest.fixture
def apply(empty: Any) -> Iterator[Callable[..., list[str]]]:
    """Apply migrations; the names of those that were not applied before."""
    with Warehouse.connect("redshift_default") as warehouse:
        yield lambda *migrations: [
            str(done) for done in migrate(warehouse, migrations, run_id="manual__test")
        ]


def operator() -> MigrateSchemaOperator:
    return MigrateSchemaOperator(task_id="create_tables")


def tables(connection: Any) -> set[str]:
    rows = query(connection, "select tablename from pg_tables where schemaname = 'public'")
    return {name for (name,) in rows}


def test_an_empty_schema_gets_every_table_once(empty, conn_type):
    assert run(operator()) == {"applied": OURS}
    assert tables(empty) == {*TABLES, "schema_migrations"}
    assert run(operator()) == {"applied": []}
    noted = query(empty, "select number, name, run_id from schema_migrations order by number")
    assert noted[0] == (1, "first_schema", "manual__test")
    assert len(noted) == len(OURS)


def test_a_loaded_schema_from_before_there_were_migrations_keeps_its_rows(empty):
    for sql in find_migrations()[0].statements:
        query(empty, sql)
    query(empty, "insert into users (user_id, level) values ('7', 'paid')")
    assert run(operator()) == {"applied": OURS}
    assert query(empty, "select user_id, level from users") == [("7", "paid")]


def test_a_later_migration_changes_a_table_that_has_rows(empty, apply):
    assert apply(FIRST) == ["0001_make"]
    assert apply(FIRST, SECOND) == ["0002_widen"]
    assert apply(FIRST, SECOND) == []
    assert query(empty, "select a, b from t") == [(1, 7)]


def test_a_migration_that_fails_leaves_nothing_and_those_before_it_stay(empty, apply):
    broken = Migration(2, "widen", (*SECOND.statements, "select nothing from nowhere"))
    with pytest.raises(Exception, match="nowhere"):
        apply(FIRST, broken)
    assert query(empty, "select number from schema_migrations") == [(1,)]
    assert query(empty, "select * from t") == [(1,)]
    assert apply(FIRST, SECOND) == ["0002_widen"]


def test_two_at_once_apply_each_migration_once(empty):
    apart = [operator() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(run_until_done, apart))
    assert sorted(name for answer in answers for name in answer["applied"]) == OURS
    noted = query(empty, "select number from schema_migrations order by number")
    assert noted == [(number,) for number in range(1, len(OURS) + 1)]


def run_until_done(task: MigrateSchemaOperator) -> dict[str, list[str]]:
    """As Airflow does, which tries again what a conflict stopped."""
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
    told = ("-- Grain: none.\ncreate table t (\n    a integer\n)", FIRST.statements[1])
    assert apply(Migration(1, "make", told)) == []


def test_a_schema_that_is_ahead_of_the_code_is_refused(apply):
    apply(FIRST, SECOND)
    with pytest.raises(LoadRefused, match=r"ahead of this code: 0002_widen"):
        apply(FIRST)


def test_a_refused_schema_is_not_tried_again(empty):
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
        ({"0002_second/a.sql": "select 1"}, r"0002_second: the next migration is 0001_"),
        ({"0001_a/a.sql": "x", "0001_b/a.sql": "x"}, r"0001_b: the next migration is 0002_"),
        ({"first/a.sql": "x"}, "first: the next migration is 0001_"),
        ({"0001_a/readme.txt": "x"}, r"0001_a has no \.sql file"),
        ({"0001_a/a.sql": ALONE, "0001_a/b.sql": "x"}, "alone in its own"),
    ],
)
def test_folders_that_are_no_series_are_refused(files, fault, tmp_path: Path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=fault):
        find_migrations(tmp_path)


def test_plays_from_before_they_said_what_was_played_are_told_it(empty, apply):
    first, second, *_ = find_migrations()
    apply(first)
    query(
        empty,
        "insert into staging_events (session_id, item_in_session, ts, song, artist) values"
        " (1, 2, '2018-11-05 10:00', 'Northbound', 'The Lanterns')",
    )
    query(
        empty,
        "insert into songplays (songplay_id, start_time, session_id) values"
        " ('1-2', '2018-11-05 10:00', 1), ('1-3', '2018-11-05 10:00', 1)",
    )
    apply(first, second)
    assert query(empty, "select songplay_id, song, artist from songplays order by 1") == [
        ("1-2", "Northbound", "The Lanterns"),
        ("1-3", None, None),
    ]


def test_a_views_columns_can_change_and_analysts_can_ask_it(empty):
    run(operator())
    query(empty, "drop view insight_headline")
    query(empty, "create view insight_headline as select 1 as other")
    run(operator())
    assert query(empty, "select plays from insight_headline") == [(0,)]
