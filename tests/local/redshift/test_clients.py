r"""What drivers and psql ask of the catalog is answered: \d, get_tables, SVV views."""

from __future__ import annotations

import subprocess

import pytest

from tests.local.redshift.conftest import Loader


@pytest.fixture
def plays(loader: Loader) -> Loader:
    loader.execute("create table plays (id bigint primary key, song varchar(40)) sortkey (id)")
    loader.execute("create view songs as select song from plays")
    loader.connection.commit()
    return loader


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (r"\d plays", "character varying(40)"),
        (r"\d+ plays", "character varying(40)"),
        (r"\d songs", "View"),
        (r"\d", "plays"),
        (r"\dt", "plays"),
        (r"\dv", "songs"),
        (r"\du", "awsuser"),
        (r"\df", "datediff"),
        (r"\dn", "public"),
        (r"\l", "dev"),
        (r"\z plays", "plays"),
    ],
)
def test_psql_describes(plays: Loader, command: str, shown: str) -> None:
    psql = ["psql", "-X", plays.endpoint.conninfo, "-c", command]
    done = subprocess.run(psql, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown in done.stdout


def test_redshift_connector_lists_tables_and_columns(plays: Loader) -> None:
    cursor = plays.connection.cursor()
    tables = {(row[2], row[3]) for row in cursor.get_tables(schema_pattern="public")}
    assert tables >= {("plays", "TABLE"), ("songs", "VIEW")}
    columns = cursor.get_columns(schema_pattern="public", tablename_pattern="plays")
    assert [(row[3], row[5], row[6]) for row in columns] == [
        ("id", "int8", 19),
        ("song", "varchar", 40),
    ]


def test_the_svv_views_tell_of_tables_and_columns(plays: Loader) -> None:
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
