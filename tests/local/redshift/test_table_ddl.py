"""CREATE TABLE and ALTER TABLE of Redshift's: taken whole, keys not enforced."""

from __future__ import annotations

from typing import Any

import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader

INDEXES = "select indexdef from pg_indexes where tablename = 't' order by indexdef"


@pytest.mark.parametrize(
    "ddl",
    [
        "create table t (a int, b varchar(9)) diststyle all",
        "create table t (a int, b varchar(9)) diststyle even sortkey (a, b)",
        "create table t (a int, b varchar(9)) diststyle key distkey (a) compound sortkey (b)",
        "create table t (a int, b varchar(9)) distkey(a) interleaved sortkey(a, b)",
        "create table t (a int, b varchar(9)) diststyle auto sortkey auto",
        "create table t (a int distkey sortkey, b varchar(9) encode lzo)",
        "create table t (a int not null distkey encode az64, b varchar(9) encode zstd sortkey)",
        "create table if not exists t (a int encode raw, b varchar(9)) backup no distkey (b)",
        "CREATE TABLE public.t (\n  a INT4 ENCODE az64 -- the key\n, b CHARACTER VARYING(9)\n)\n;",
        "create table t (a int primary key, b varchar(9) unique) encode auto",
        "create temp table t (a int, b varchar(9)) distkey (a) sortkey (b)",
    ],
)
def test_distribution_sort_keys_and_encodings_are_taken(loader: Loader, ddl: str) -> None:
    loader.execute(ddl)
    loader.execute("insert into t values (1, 'x')")
    assert loader.execute("select a, b from t") == [(1, "x")]


def test_keys_are_not_enforced(loader: Loader) -> None:
    loader.execute("create table u (a int primary key)")
    loader.execute(
        "create table t (a int primary key, b int unique, c int references u (a), d int,"
        " unique (b, d), constraint fk foreign key (d) references u (a))"
    )
    for _ in range(2):
        loader.execute("insert into t values (1, 2, 3, 4)")
    assert loader.execute("select count(*) from t") == [(2,)]


def test_a_primary_keys_columns_may_not_be_null(loader: Loader) -> None:
    loader.execute("create table t (a int primary key, b int)")
    with pytest.raises(ProgrammingError, match="null value in column"):
        loader.execute("insert into t values (null, 1)")
    loader.connection.rollback()
    loader.execute("create table t (a int, b int, primary key (a, b))")
    with pytest.raises(ProgrammingError, match="null value in column"):
        loader.execute("insert into t values (1, null)")


def test_keys_and_sort_keys_become_indexes(loader: Loader) -> None:
    loader.execute("create table t (a int primary key, b int, c int sortkey, d int) distkey (d)")
    assert [text.rpartition("btree ")[2] for (text,) in loader.execute(INDEXES)] == ["(a)", "(c)"]
    loader.execute("drop table t")
    loader.execute("create table t (a int, b int, primary key (a, b)) sortkey (b, a)")
    found = {text.rpartition("btree ")[2] for (text,) in loader.execute(INDEXES)}
    assert found == {"(a, b)", "(b, a)"}
    assert not any("UNIQUE" in text for (text,) in loader.execute(INDEXES))


def test_creating_what_is_there_changes_nothing(loader: Loader) -> None:
    for _ in range(2):
        loader.execute("create table if not exists t (a int primary key) sortkey (a)")
    assert len(loader.execute(INDEXES)) == 1


@pytest.mark.parametrize(
    ("type_", "length"),
    [("varchar", 256), ("text", 256), ("varchar(max)", 65535), ("varchar(7)", 7), ("nvarchar", 256),
     ("character varying", 256), ("bpchar", 256), ("char(3)", 3), ("char", 1)],
)  # fmt: skip
def test_text_types_have_redshifts_lengths(loader: Loader, type_: str, length: int) -> None:
    loader.execute(f"create table t (a {type_})")
    assert loader.execute(
        "select character_maximum_length from information_schema.columns where table_name = 't'"
    ) == [(length,)]


def test_identity_columns_count_and_copy_leaves_them_alone(loader: Loader) -> None:
    loader.execute("create table t (id bigint identity(1, 1), a int)")
    loader.put({"a": 5, "id": 99}, {"a": 6})
    loader.copy()
    assert loader.execute("select id, a from t order by id") == [(1, 5), (2, 6)]


def test_a_table_may_be_made_like_another_or_from_a_query(loader: Loader) -> None:
    loader.execute("create table s (a int not null, b varchar) sortkey (a)")
    loader.execute("insert into s values (1, 'x')")
    loader.execute("create temp table t (like s)")
    loader.execute("create table u distkey (a) sortkey (b) as select a, b from s")
    loader.execute("create temp table v as select * from s")
    assert loader.execute("select count(*) from t") == [(0,)]
    assert loader.execute("select * from u") == loader.execute("select * from v") == [(1, "x")]


def test_alter_table_knows_distribution_sort_keys_and_encodings(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.execute("alter table t alter sortkey (a)")
    loader.execute("alter table t alter diststyle even")
    loader.execute("alter table t add column b varchar(4) encode zstd default 'x'")
    loader.execute("insert into t (a) values (1)")
    assert loader.execute("select a, b from t") == [(1, "x")]


@pytest.mark.parametrize(
    ("ddl", "words"),
    [
        ("create table t (a int[])", "arrays are not supported"),
        ("create table t (a jsonb)", "type jsonb is not supported"),
        ("create table t (a uuid)", "type uuid is not supported"),
        ("create table t (a serial)", "type serial is not supported"),
        ("create table t (a super)", "type super is not imitated"),
        ("alter table t append from s", "APPEND is not imitated"),
    ],
)
def test_what_redshift_or_the_endpoint_lacks_is_refused(
    loader: Loader, ddl: str, words: str
) -> None:
    with pytest.raises(ProgrammingError, match=words):
        loader.execute(ddl)


def test_a_key_has_the_name_that_redshift_gives_it_and_can_be_dropped_by_it(loader: Loader) -> None:
    loader.execute("create table t (a int, b int, primary key (a)) sortkey (b)")
    loader.execute("alter table t drop constraint t_pkey")
    assert [text.rpartition("btree ")[2] for (text,) in loader.execute(INDEXES)] == ["(b)"]
    loader.connection.commit()
    with pytest.raises(ProgrammingError, match='constraint "t_pkey" of relation "t" does not exi'):
        loader.execute("alter table t drop constraint t_pkey")


def test_a_key_that_is_added_is_not_enforced(loader: Loader) -> None:
    loader.execute("create table t (a int not null, b int)")
    loader.execute("alter table t add constraint of_a primary key (a)")
    loader.execute("alter table t add unique (a, b)")
    loader.execute("alter table t add foreign key (b) references t (a)")
    for _ in range(2):
        loader.execute("insert into t values (1, 2)")
    assert loader.execute("select indexname from pg_indexes where tablename = 't' order by 1") == [
        ("of_a",),
        ("t_a_b_key",),
    ]
    loader.execute("alter table public.t drop constraint of_a cascade")
    assert loader.execute("select count(*) from pg_indexes where tablename = 't'") == [(1,)]


def test_an_index_of_another_table_is_not_dropped_for_a_key(loader: Loader) -> None:
    loader.execute("create table t (a int primary key)")
    loader.execute("create table u (a int primary key)")
    loader.connection.commit()
    with pytest.raises(ProgrammingError, match="does not exist"):
        loader.execute("alter table t drop constraint u_pkey")


def test_a_key_with_a_long_name_can_be_dropped(loader: Loader) -> None:
    name = "t" + "_long" * 12
    loader.execute(f"create table {name} (a int primary key)")
    index = loader.execute(f"select indexname from pg_indexes where tablename = '{name}'")
    loader.execute(f"alter table {name} drop constraint {index[0][0]}")


TABLE_DEF = (
    "select \"column\", encoding, distkey, sortkey from pg_table_def where tablename = '{}'"
    " order by 1"
)


@pytest.mark.parametrize(
    ("ddl", "rows"),
    [
        (
            "(a int encode az64 distkey, b int encode raw sortkey, c int)",
            [("a", "az64", True, 0), ("b", "none", False, 1), ("c", "az64", False, 0)],
        ),
        (
            '(a int, b int, "c" int) diststyle key distkey (c) compound sortkey (b, A)',
            [("a", "none", False, 2), ("b", "none", False, 1), ("c", "az64", True, 0)],
        ),
        (
            "(a int, b int, c int) diststyle all interleaved sortkey (a, b, c)",
            [("a", "none", False, 1), ("b", "none", False, -2), ("c", "none", False, 3)],
        ),
        (
            "distkey (a) sortkey (b) as select 1 as a, 2 as b, 3 as c",
            [("a", "az64", True, 0), ("b", "none", False, 1), ("c", "az64", False, 0)],
        ),
        (
            "(a int, b int, c int) diststyle auto sortkey auto",
            [("a", "az64", False, 0), ("b", "az64", False, 0), ("c", "az64", False, 0)],
        ),
    ],
)
def test_pg_table_def_shows_what_the_ddl_said_and_the_default_encodings(
    ddl: str, rows: list[Any], loader: Loader
) -> None:
    loader.execute(f"create table s {ddl}")
    loader.execute("create table t (like s)")
    loader.execute("create table if not exists s (a int distkey)")
    for table in ("s", "t"):
        found = loader.execute(TABLE_DEF.format(table))
        assert found == [tuple(row) for row in rows]
    loader.execute("drop table s")
    loader.execute("create table s (a int, b int, c int)")
    assert {row[1:] for row in loader.execute(TABLE_DEF.format("s"))} == {("az64", False, 0)}


def test_svv_table_info_shows_distribution_and_the_first_sort_key(loader: Loader) -> None:
    loader.execute("create table s (a int, b int) distkey (b) sortkey (a, b)")
    loader.execute("create table t (a int) diststyle even")
    assert loader.execute('select "table", diststyle, sortkey1 from svv_table_info order by 1') == [
        ("s", "KEY(b)", "a"),
        ("t", "EVEN", None),
    ]


def test_alter_table_changes_what_pg_table_def_shows(loader: Loader) -> None:
    loader.execute("create table s (a int distkey sortkey, b int encode zstd, c int encode lzo)")
    loader.execute("alter table s alter distkey b")
    loader.execute("alter table public.s alter compound sortkey (c, b)")
    loader.execute("alter table s alter column b encode az64")
    loader.execute("alter table s rename column a to z")
    assert loader.execute(TABLE_DEF.format("s")) == [
        ("b", "az64", True, 2),
        ("c", "lzo", False, 1),
        ("z", "az64", False, 0),
    ]
    loader.execute("alter table s alter diststyle all")
    loader.execute("alter table s alter sortkey none")
    assert {row[2:] for row in loader.execute(TABLE_DEF.format("s"))} == {(False, 0)}
