"""COMMENT ON: the objects that Redshift can comment on, and where the comments are shown."""

from __future__ import annotations

import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader


@pytest.fixture
def described(loader: Loader) -> Loader:
    loader.execute("create table plays (id int, Level varchar(8))")
    loader.execute("create view latest as select id from plays")
    loader.execute("comment on table plays is 'one play'")
    loader.execute("COMMENT ON COLUMN public.plays.LEVEL IS 'free or paid: it''s one'")
    loader.execute("comment on view latest is 'the latest'")
    loader.execute("comment on schema public is 'all of it'")
    return loader


def test_a_comment_is_in_the_catalog_and_in_the_system_views(described: Loader) -> None:
    assert described.execute(
        "select obj_description('public.plays'::regclass),"
        " col_description('public.plays'::regclass, 2)"
    ) == [("one play", "free or paid: it's one")]
    tables = "select table_name, remarks from {} where {} = 'public' order by 1"
    for view, schema in (("svv_tables", "table_schema"), ("svv_all_tables", "schema_name")):
        assert described.execute(tables.format(view, schema)) == [
            ("latest", "the latest"),
            ("plays", "one play"),
        ]
    columns = "select column_name, remarks from {} where table_name = 'plays' order by 1"
    for view in ("svv_columns", "svv_all_columns"):
        assert described.execute(columns.format(view)) == [
            ("id", None),
            ("level", "free or paid: it's one"),
        ]


def test_a_comment_is_replaced_removed_and_rolled_back(described: Loader) -> None:
    ask = "select remarks from svv_tables where table_name = 'plays'"
    described.connection.commit()
    described.execute("comment on table plays is 'another'")
    assert described.execute(ask) == [("another",)]
    described.connection.rollback()
    assert described.execute(ask) == [("one play",)]
    described.execute("comment on table plays is null")
    assert described.execute(ask) == [(None,)]


def test_columns_after_a_dropped_one_keep_their_own_comments(described: Loader) -> None:
    described.execute("create table wide (a int, b int, c int)")
    described.execute("comment on column wide.c is 'third'")
    described.execute("alter table wide drop column b")
    ask = "select column_name, remarks from svv_columns where table_name = 'wide' order by 1"
    assert described.execute(ask) == [("a", None), ("c", "third")]


@pytest.mark.parametrize(
    ("on", "fault"),
    [
        ("function f(int)", "COMMENT ON FUNCTION is not supported"),
        ("index i", "COMMENT ON INDEX is not supported"),
        ("role r", "COMMENT ON ROLE is not supported"),
        ("constraint c on plays", "COMMENT ON CONSTRAINT is not emulated"),
        ("database dev", "COMMENT ON DATABASE is not emulated"),
        ("table latest", '"latest" is not a table'),
        ("table nowhere", 'relation "nowhere" does not exist'),
    ],
)
def test_a_comment_on_anything_else_is_refused(described: Loader, on: str, fault: str) -> None:
    with pytest.raises(ProgrammingError, match=fault):
        described.execute(f"comment on {on} is 'x'")
