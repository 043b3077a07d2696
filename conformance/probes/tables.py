"""Tables: keys, types, and changes to them."""

from __future__ import annotations

from conformance.probe import Differs, error_text, expect, probe, refusal
from conformance.target import Target
from sparkify.failures import sqlstate

_TOPIC = "Tables"


@probe(
    _TOPIC,
    "Keys are not enforced",
    page="t_Defining_constraints",
    because="loads guarantee the declared keys, and checks verify them",
    note="a key becomes a plain index",
)
def keys_are_not_enforced(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer primary key", "1", "1")
    rows = session.query(f"select a from {table}")
    expect("rows", rows, [(1,), (1,)])
    return "two rows have one primary key"


@probe(
    _TOPIC,
    "The columns of a primary key are NOT NULL",
    page="r_CREATE_TABLE_NEW",
    because="loads reject rows without a key before they insert",
)
def a_primary_key_is_not_null(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer, b integer, primary key (a)")
    return error_text(refusal(session, f"insert into {table} values (null, 1)", words="null"))


@probe(
    _TOPIC,
    "CREATE TEMPORARY TABLE (LIKE …) copies the columns, and only its session sees the table",
    page="r_CREATE_TABLE_NEW",
    because="COPY loads into temporary tables first",
)
def a_temporary_table_is_like_another(target: Target) -> str:
    session, other = target.session(), target.session()
    table = target.table(session, "a integer not null, b varchar(9) default 'x'")
    name = target.new_name()
    session.execute(f"create temporary table {name} (like {table})")
    session.execute(f"insert into {name} values (1, 'y')")
    expect("rows", session.query(f"select * from {name}"), [(1, "y")])
    error = refusal(other, f"select * from {name}")
    if sqlstate(error) != "42P01":
        raise Differs(f"another session: {error_text(error)}")
    return "another session does not see it"


@probe(
    _TOPIC,
    "Tables have a distribution style, a distribution key and sort keys",
    page="c_best-practices-best-dist-key, c_best-practices-sort-key",
    because="they determine the cost of joins and time ranges",
    note="a sort key becomes an index; distribution has no effect",
)
def tables_have_distribution_and_sort_keys(target: Target) -> str:
    session = target.session()
    for suffix in ("diststyle all", "distkey (a) compound sortkey (b, a)", "diststyle auto"):
        name = target.new_name()
        session.execute(f"create table {name} (a integer, b timestamp encode az64) {suffix}")
        session.execute(f"insert into {name} values (1, '2018-11-01')")
    return "diststyle all, distkey and compound sortkey, encode az64"


@probe(
    _TOPIC,
    "ALTER TABLE ADD COLUMN with a default fills existing rows",
    page="r_ALTER_TABLE",
    because="migrations add columns this way",
)
def an_added_column_has_its_default(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer", "1")
    session.execute(f"alter table {table} add column b varchar(9) not null default 'x'")
    expect("rows", session.query(f"select a, b from {table}"), [(1, "x")])
    return "an old row has the default"


@probe(
    _TOPIC,
    "VACUUM runs only outside a transaction",
    page="r_VACUUM_command",
    because="a migration with VACUUM declares this in its first line",
)
def vacuum_runs_outside_of_a_transaction(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer", "1")
    session.execute(f"vacuum {table}")
    session.execute("begin")
    error = refusal(session, f"vacuum {table}", words="transaction block")
    session.execute("rollback")
    return error_text(error)


@probe(
    _TOPIC,
    "VARCHAR(n) counts bytes in INSERT; a longer value is an error",
    page="r_Character_types",
    because="columns are wide enough for names in any language",
)
def varchar_counts_bytes_in_insert(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a varchar(4)", "'éé'")
    return error_text(refusal(session, f"insert into {table} values ('ééé')", words="too long"))


@probe(
    _TOPIC,
    "INSERT of a value that is too long for its column is an error; it is not truncated",
    page="r_Character_types",
    because="values are never truncated silently",
)
def a_value_too_long_is_an_error(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a varchar(4)")
    return error_text(refusal(session, f"insert into {table} values ('abcde')", words="too long"))


@probe(
    _TOPIC,
    "Trailing blanks of a VARCHAR do not count in comparisons",
    page="r_Character_types",
    because="titles or ids that differ only in trailing blanks are equal",
)
def trailing_blanks_do_not_count(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a varchar(9)", "'x'", "'x  '")
    seen = {
        "WHERE": session.query(f"select count(*) from {table} where a = 'x'"),
        "DISTINCT": session.query(f"select count(*) from (select distinct a from {table}) as d"),
        "GROUP BY": session.query(f"select count(*) from {table} group by a"),
        "JOIN": session.query(f"select count(*) from {table} as l join {table} as r on l.a = r.a"),
    }
    alike = {"WHERE": [(2,)], "DISTINCT": [(1,)], "GROUP BY": [(2,)], "JOIN": [(4,)]}
    expect("counts for 'x' and 'x  '", seen, alike)
    return "'x' and 'x  ' are one value in WHERE, DISTINCT, GROUP BY and JOIN"


@probe(
    _TOPIC,
    "Trailing blanks of a VARCHAR are stored, and LENGTH counts them",
    page="r_LENGTH",
    because="rows are read as they were loaded",
)
def trailing_blanks_are_stored(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a varchar(9)", "'x  '")
    rows = session.query(f"select a, length(a) from {table}")
    expect("value and length", rows, [("x  ", 3)])
    return "'x  ' has length 3"
