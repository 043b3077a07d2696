"""Queries: result types, statements on several tables, and unsupported SQL."""

from __future__ import annotations

from conformance.probe import Differs, error_text, expect, probe, refusal
from conformance.target import Target
from sparkify.warehouse.session import Warehouse

_TOPIC = "Queries"


def types_of(target: Target, session: Warehouse, select: str) -> dict[str, str]:
    """The types of a SELECT's columns, read from a table created from it."""
    name = target.new_name()
    session.execute(f"create table {name} as {select}")
    rows = session.query(
        'select "column", type from pg_table_def where tablename = %(name)s'
        " and schemaname = current_schema()",
        {"name": name},
    )
    return dict(rows)


@probe(
    _TOPIC,
    "EXTRACT of a timestamp is an INTEGER",
    page="r_EXTRACT_function",
    because="epoch * 1000 would overflow; columns of the time table are integers",
)
def extract_is_an_integer(target: Target) -> str:
    session = target.session()
    table = target.table(session, "t timestamp", "'2018-11-01 20:57:10.796'")
    select = f"select extract(hour from t) as h, extract(epoch from t) as e from {table}"
    expect("types", types_of(target, session, select), {"h": "integer", "e": "integer"})
    expect("values", session.query(select), [(20, 1541105830)])
    return "hour 20, epoch 1541105830, both INTEGER"


@probe(
    _TOPIC,
    "INTEGER arithmetic that overflows is an error",
    page="r_numeric_computations201",
    because="epoch is cast to BIGINT before it is multiplied",
)
def integer_arithmetic_overflows(target: Target) -> str:
    session = target.session()
    table = target.table(session, "t timestamp", "'2018-11-01 20:57:10'")
    return error_text(
        refusal(
            session, f"select extract(epoch from t) * 1000 from {table}", words="range|overflow"
        )
    )


@probe(
    _TOPIC,
    "AVG of integers is a BIGINT, without decimals",
    page="r_AVG",
    because="averages cast to decimals first, if decimals matter",
)
def avg_of_integers_is_a_bigint(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer", "1", "2")
    select = f"select avg(a) as a from {table}"
    expect("type", types_of(target, session, select), {"a": "bigint"})
    expect("value", session.query(select), [(1,)])
    return "the average of 1 and 2 is 1, a BIGINT"


@probe(
    _TOPIC,
    "SUM of INTEGERs and COUNT are BIGINTs",
    page="r_SUM, r_COUNT",
    because="checks compare row counts",
)
def sum_of_integers_is_a_bigint(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer", "2147483647", "1")
    select = f"select sum(a) as s, count(*) as c from {table}"
    expect("types", types_of(target, session, select), {"s": "bigint", "c": "bigint"})
    expect("values", session.query(select), [(2147483648, 2)])
    return "2147483648 fits"


@probe(
    _TOPIC,
    "DELETE … USING and UPDATE … FROM a subquery change rows by key",
    page="r_DELETE, r_UPDATE",
    because="rows are replaced by key",
)
def rows_are_changed_by_key(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer, b varchar(9)", "1, 'x'", "2, 'y'", "3, 'z'")
    keys = target.table(session, "a integer, b varchar(9)", "1, 'new'", "2, 'old'")
    session.execute(
        f"update {table} set b = s.b from (select a, b from {keys} where b = 'new') as s"
        f" where {table}.a = s.a"
    )
    session.execute(f"delete from {table} using {keys} where {table}.a = {keys}.a and {keys}.a = 2")
    rows = session.query(f"select a, b from {table} order by a")
    expect("rows", rows, [(1, "new"), (3, "z")])
    return "one row was updated, one deleted, one kept"


@probe(
    _TOPIC,
    "A correlated NOT EXISTS over one level finds what is missing",
    page="r_correlated_subqueries",
    because="loads insert missing rows this way",
)
def not_exists_finds_what_is_missing(target: Target) -> str:
    session = target.session()
    left = target.table(session, "a integer", "1", "2")
    right = target.table(session, "a integer", "1")
    exists = f"exists (select 1 from {right} as r where r.a = l.a)"
    expect("rows", session.query(f"select a from {left} as l where not {exists}"), [(2,)])
    return "one level of correlation works"


@probe(
    _TOPIC,
    "A correlated subquery that skips a query level is refused",
    page="r_correlated_subqueries",
    because="the project's statements avoid it; a test checks them",
)
def correlation_over_two_levels_is_refused(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer", "1")
    inner = f"select 1 from {table} as i where i.a = o.a"
    middle = f"select 1 from {table} as m where not exists ({inner})"
    return error_text(
        refusal(
            session,
            f"select a from {table} as o where not exists ({middle})",
            words="correlated subquery",
        )
    )


@probe(
    _TOPIC,
    "PostgreSQL features that Redshift lacks are refused",
    page="c_redshift-and-postgres-sql, c_unsupported-postgresql-features",
    because="a test checks every statement of the project for them",
    note="the most common ones, and functions that are not in the manual, are refused by name",
)
def what_redshift_lacks_is_refused(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer", "1")
    lacking = {
        "ON CONFLICT": f"insert into {table} values (1) on conflict do nothing",
        "RETURNING": f"insert into {table} values (1) returning a",
        "CREATE INDEX": f"create index i on {table} (a)",
        "DISTINCT ON": f"select distinct on (a) a from {table}",
        "FILTER": f"select count(*) filter (where a > 1) from {table}",
        "FOR UPDATE": f"select a from {table} for update",
        "VALUES": "select * from (values (1), (2)) as v (a)",
        "EXCEPT ALL": f"select a from {table} except all select a from {table}",
        "IS DISTINCT FROM": f"select a from {table} where a is distinct from 1",
        "string_agg": f"select string_agg(a::varchar, ',') from {table}",
    }
    accepted = []
    for name, sql in lacking.items():
        try:
            refusal(session, sql)
        except Differs:
            accepted.append(name)
    if accepted:
        raise Differs(f"accepted: {', '.join(accepted)}")
    return ", ".join(lacking)
