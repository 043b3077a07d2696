"""The catalog's views show tables, columns and keys."""

from __future__ import annotations

import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader


def test_the_svv_views_show_tables_and_columns(plays: Loader) -> None:
    plays.execute("insert into plays values (1, 'x')")
    plays.execute("set search_path to public")
    assert plays.execute(
        "select table_name from svv_tables where table_schema = 'public' order by 1"
    ) == [
        ("plays",),
        ("songs",),
    ]
    assert plays.execute(
        "select column_name, data_type from pg_catalog.svv_columns where table_name = 'plays'"
        " order by ordinal_position"
    ) == [("id", "bigint"), ("song", "character varying")]
    assert plays.execute(
        'select "column", type, "notnull" from pg_table_def where tablename = \'plays\''
    ) == [("id", "bigint", True), ("song", "character varying(40)", False)]
    assert plays.execute(
        "select \"table\", tbl_rows from svv_table_info where schema='public'"
    ) == [("plays", 1)]
    assert plays.execute(
        "select t.table_type, c.column_name from svv_all_tables t join svv_all_columns c"
        " using (schema_name, table_name) where table_name = 'plays' and ordinal_position = 1"
    ) == [("TABLE", "id")]
    assert [row[2:4] for row in plays.execute("show tables from schema dev.public like 'p%'")] == [
        ("plays", "TABLE")
    ]


def test_a_query_on_the_catalog_may_use_functions_of_postgresql(plays: Loader) -> None:
    assert plays.execute(
        "select array_to_string(array_agg(a.attname order by a.attnum), ',')"
        " from pg_catalog.pg_attribute a join pg_class c on a.attrelid = c.oid"
        " where c.relname = 'plays' and a.attnum > 0"
    ) == [("id,song",)]


CONSTRAINTS = (
    "select conname, contype, conkey, pg_get_constraintdef(oid) from pg_constraint"
    " order by contype, conname"
)


def test_pg_constraint_has_the_keys_that_the_ddl_declared(loader: Loader) -> None:
    loader.execute(
        "create table songs (a int, id int unique, title varchar(9), primary key (title, id))"
    )
    loader.execute(
        "create table plays (n int, song int references songs (id), constraint of_title"
        " foreign key (n) references public.songs)"
    )
    assert loader.execute(CONSTRAINTS) == [
        ("of_title", "f", [1], "FOREIGN KEY (n) REFERENCES songs"),
        ("plays_song_fkey", "f", [2], "FOREIGN KEY (song) REFERENCES songs(id)"),
        ("songs_pkey", "p", [3, 2], "PRIMARY KEY (title, id)"),
        ("songs_id_key", "u", [2], "UNIQUE (id)"),
    ]


def test_pg_constraint_follows_alter_and_drop_table(loader: Loader) -> None:
    loader.execute("create table songs (id int not null, title varchar(9))")
    loader.execute("alter table songs add primary key (id)")
    loader.execute("alter table songs add constraint one unique (title)")
    loader.execute("create table plays (song int)")
    loader.execute("alter table plays add foreign key (song) references songs (id)")
    loader.execute("create table other (like songs)")
    loader.execute("create table if not exists plays (song int primary key)")
    names = ["plays_song_fkey", "songs_pkey", "one"]
    assert [row[0] for row in loader.execute(CONSTRAINTS)] == names
    loader.execute("alter table songs rename column id to number")
    loader.execute("alter table songs drop constraint one")
    loader.execute("alter table plays drop constraint plays_song_fkey")
    assert [row[3] for row in loader.execute(CONSTRAINTS)] == ["PRIMARY KEY (number)"]
    loader.execute("drop table songs")
    assert loader.execute(CONSTRAINTS) == []


def test_there_are_no_external_tables(loader: Loader) -> None:
    for view in ("svv_external_schemas", "svv_external_tables", "svv_external_columns"):
        assert loader.execute(f"select * from {view}") == []


def test_a_foreign_key_to_a_table_that_is_not_there_is_an_error(loader: Loader) -> None:
    loader.connection.commit()
    with pytest.raises(ProgrammingError, match='relation "nothing" does not exist'):
        loader.execute("create table t (a int references nothing (id))")
