"""Every statement that the operators send is valid on Redshift.

The endpoint records the statements exactly as the drivers send them. They are checked with two
grammars, a list of what Redshift lacks, and the functions in docs/redshift.md.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlfluff
import sqlglot
from sqlfluff.core import FluffConfig
from sqlglot import exp

from local.redshift.history.statement_record import read_record
from local.sample_data import Parameters, write
from sparkify.insights.answers import TABS
from sparkify.insights.reading import Reader
from sparkify.insights.selection import last_days
from sparkify.operators import CleanOperator, MigrateSchemaOperator
from tests.support.aws import put_data
from tests.support.person import forget
from tests.support.redshift_lacks import lacking
from tests.support.runs import ROOT, etl_dag, event, put_lines, run, run_dag, song

# Names of functions in sqlglot that differ from Redshift's.
_SQLGLOTS_OWN = {
    "TS_OR_DS_ADD": "DATEADD",
    "TS_OR_DS_DIFF": "DATEDIFF",
    "TIMESTAMP_TRUNC": "DATE_TRUNC",
    "CURRENT_TIMESTAMP": "GETDATE",
}
_PLACEHOLDER = re.compile(r"\$\d+")
# sqlglot parses these only as commands; sqlfluff parses them completely.
_COMMANDS = (
    "lock ",
    "copy ",
    "begin",
    "commit",
    "rollback",
    "show ",
    "set ",
    "grant ",
    "create role ",
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "data"
    write(folder, Parameters(days=2, songs=40))
    return folder


@pytest.fixture
def sent(redshift: Any, connections: None, s3: Any, bucket: str, sample: Path, endpoint: Any):
    """The statements of all kinds of runs.

    These are: tables, loads, a corrected file, late songs, a changed catalogue, rejected rows, a
    forgotten user, and the pages.
    """
    before = len(read_record(endpoint.record))
    run(MigrateSchemaOperator(task_id="create_tables"))
    put_data(bucket, sample)
    run_dag(etl_dag(), ("2018-11-01T00:00:00Z", "2018-11-03T00:00:00Z"), bucket=bucket)
    day = "log_data/2018/11/2018-11-05-events.json"
    play = event("2018-11-05T10:00:00", sessionId=9001)
    elsewhere = event("2018-11-06T10:00:00", sessionId=9003)
    put_lines(s3, bucket, day, [play, play, elsewhere, "{broken"])
    hour = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
    run_dag(etl_dag(), hour, bucket=bucket)
    put_lines(s3, bucket, "song_data/late.json", [song("SLATE"), song("SLATE", year=2000)])
    run_dag(etl_dag(), hour, bucket=bucket)
    put_lines(s3, bucket, day, [event("2018-11-05T10:30:00", sessionId=9004, userId="8")])
    put_lines(s3, bucket, "song_data/late.json", [song("SLATE", title="Another")])
    run_dag(etl_dag(), hour, bucket=bucket)
    forget("8")
    run_dag(etl_dag(), hour, bucket=bucket)
    run(CleanOperator(task_id="clean"))
    reader = Reader("redshift_default", lambda: (s3, bucket))
    available = reader.available()
    assert available is not None
    for tab in TABS:
        reader.insights(tab, last_days(available.last_day))
    reader.trust()
    recorded = read_record(endpoint.record)[before:]
    return {_PLACEHOLDER.sub("1", sql) for sql in recorded if sql.strip()}


def test_every_statement_of_all_kinds_of_runs_is_valid_on_redshift(sent, conn_type):
    """One test, since the statements are recorded once for each driver."""
    kinds = {sql.split()[0].lower() for sql in map(_bare, sent)}
    assert {"copy", "lock", "create", "insert", "delete", "update", "select", "with"} <= kinds
    assert len(sent) > 80
    faults = {sql: of_sql for sql in sent if (of_sql := _faults(sql))}
    assert faults == {}


@cache
def _faults(sql: str) -> list[str]:
    faults = []
    if not _bare(sql).lower().startswith(_COMMANDS):
        (tree,) = sqlglot.parse(sql, read="redshift")
        assert tree is not None
        if isinstance(tree, exp.Command):
            faults.append("no statement that sqlglot knows of Redshift's")
        faults += lacking(tree)
        faults += [f"{name}: not in docs/redshift.md" for name in _functions(tree) - _documented()]
    try:
        sqlfluff.parse(sql, config=_config())
    except sqlfluff.api.simple.APIParsingError as error:
        faults.append(f"sqlfluff: {error}")
    return faults


def _bare(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql).strip()


def _functions(tree: exp.Expr) -> set[str]:
    return {
        _SQLGLOTS_OWN.get(name := _name_of(node), name)
        for node in tree.find_all(exp.Func)
        if not isinstance(node, (exp.And, exp.Or, exp.Case, exp.If))
    }


def _name_of(function: exp.Func) -> str:
    return (function.name if isinstance(function, exp.Anonymous) else function.sql_name()).upper()


@cache
def _documented() -> frozenset[str]:
    """The functions in the table of docs/redshift.md."""
    text = (ROOT / "docs" / "redshift.md").read_text()
    section = text.split("## Functions", 1)[1].split("\n## ", 1)[0]
    return frozenset(re.findall(r"`([A-Z0-9_]+)`", section))


@cache
def _config() -> FluffConfig:
    return FluffConfig(overrides={"dialect": "redshift", "templater": "raw"})


@pytest.mark.parametrize(
    "sql",
    [
        "insert into t values (1) on conflict do nothing",
        "insert into t values (1) returning a",
        "select distinct on (a) a, b from t",
        "select count(*) filter (where a > 1) from t",
        "select array[1, 2]",
        "select a from t where a is distinct from b",
        "select * from (values (1), (2)) as v (a)",
        "select a from t except all select a from u",
        "select sum(a) over (partition by b order by c) from t",
        "select count(distinct a) over (partition by b) from t",
        "select a from t for update",
        "select t.a from t, lateral (select 1) as u",
        "create table t (a jsonb)",
        "create index i on t (a)",
        "update t set a = s.a from (with u as (select 1 as a) select a from u) as s",
        "select 'x' as a from t union all select b from t",
        "select a from t union all select null as a",
        """select a from t where not exists (
            select 1 from u where not exists (select 1 from v where v.a = t.a)
        )""",
        "select a from t where b = (select max(u.b) from u where u.a = t.a group by u.c)",
        "select a from t where exists (select 1 from u where u.a = t.a limit 1)",
        """select * from t
        left join u on t.a = u.a and u.b = (select max(v.b) from v where v.a = u.a)""",
    ],
)
def test_sql_that_redshift_lacks_is_flagged(sql):
    assert lacking(sqlglot.parse_one(sql, read="postgres"))


@pytest.mark.parametrize(
    "sql",
    [
        "select a from t where not exists (select 1 from u where u.a = t.a)",
        "select sum(a) over (partition by b order by c rows unbounded preceding) from t",
        "select row_number() over (partition by b order by c) from t",
        "insert into t values (1), (2)",
        "select a from t except select a from u",
        "delete from t using u where t.a = u.a",
        "select cast('x' as varchar(4)) as a, 1 as b from t union all select 'x' || c, 2 from t",
    ],
)
def test_sql_that_redshift_supports_is_not_flagged(sql):
    assert lacking(sqlglot.parse_one(sql, read="redshift")) == []
