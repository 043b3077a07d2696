"""The functions that the project's statements call, each with a result that the manual implies.

tests/dags/test_statements_sent.py holds the statements of a full run, as the driver sends them,
to the names here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from conformance.probe import expect, probe
from conformance.target import Target

_TOPIC = "Queries"


@dataclass(frozen=True, slots=True)
class Functions:
    """A group of functions, and a query that calls each of them.

    :param names: as the documentation lists them.
    :param pages: of the manual.
    :param select: a query of the table `numbers (n integer, t timestamp, s varchar)`.
    :param expected: its rows.
    """

    names: str
    pages: str
    select: str
    expected: list[tuple[Any, ...]]


_AT = datetime(2018, 11, 1, 20, 57, 10, 796000)

FUNCTIONS = (
    Functions(
        "`COUNT`, `MAX`, `MEDIAN`, `MIN`, `SUM`",
        "c_Aggregate_Functions, r_MEDIAN",
        "select count(*), max(n), median(n), min(n), sum(n) from {table}",
        [(3, 2, 1, 1, 4)],
    ),
    Functions(
        "`ROW_NUMBER`, `DENSE_RANK`, `LAG`, `LEAD`, `MIN`, `MAX` and `SUM` over a window",
        "r_WF_ROW_NUMBER, r_WF_DENSE_RANK, r_WF_LAG, r_WF_LEAD, r_WF_MIN, r_WF_MAX, r_WF_SUM",
        "select row_number() over (order by n, s), dense_rank() over (order by n),"
        " lag(n) over (order by n, s), lead(n) over (order by n, s), min(n) over (partition by n),"
        " max(n) over (partition by n), sum(n) over (order by n, s rows unbounded preceding)"
        " from {table} order by 1",
        [(1, 1, None, 1, 1, 1, 1), (2, 1, 1, 2, 1, 1, 2), (3, 2, 1, None, 2, 2, 4)],
    ),
    Functions(
        "`COALESCE`, `EXISTS`, `NULLIF`",
        "r_NVL_function, r_exists_condition, r_NULLIF_function",
        "select coalesce(lag(n) over (order by n, s), -1), nullif(n, 2) from {table} as o"
        " where exists (select 1 from {table} as i where i.n = o.n) order by 1, 2",
        [(-1, 1), (1, 1), (1, None)],
    ),
    Functions(
        "`REPLACE`, `TRANSLATE`, of characters of several bytes",
        "r_REPLACE, r_TRANSLATE",
        "select replace('BjÃ¶rk', 'Ã', ''), translate('Bj¶rk', '¶§', 'öç') from {table}"
        " where n = 2",
        [("Bj¶rk", "Björk")],
    ),
    Functions(
        "`CAST`, `ROUND`, `TRIM`, `LENGTH`, `UPPER`, `SPLIT_PART`",
        "r_CAST_function, r_ROUND, r_TRIM, r_LENGTH, r_UPPER, SPLIT_PART",
        "select cast(n as decimal(5, 2)), round(n / 60.0, 2), trim(s), length(s), upper(s),"
        " split_part('Paris, TX', ', ', 2) from {table} where n = 2",
        [(Decimal("2.00"), Decimal("0.03"), "c", 3, " C ", "TX")],
    ),
    Functions(
        "`SHA2`, `RTRIM`",
        "SHA2, r_RTRIM",
        "select sha2('salt' || rtrim('7 '), 256), length(rtrim(s)) from {table} where n = 2",
        [("2ab204d76cdcec4609d290441fed2eec4186d288ca47c40cc7dd661a0de1b0d0", 2)],
    ),
    Functions(
        "`EXTRACT`, `DATEADD`, `DATEDIFF`, `DATE_TRUNC`, `GETDATE`",
        "r_EXTRACT_function, r_DATEADD_function, r_DATEDIFF_function, r_DATE_TRUNC, r_GETDATE",
        "select extract(dow from t), dateadd(day, 7, cast(t as date)),"
        " datediff(hour, t, timestamp '2018-11-01 21:00:00'),"
        " date_trunc('hour', t), getdate() > t from {table} where n = 2",
        [(4, datetime(2018, 11, 8), 1, datetime(2018, 11, 1, 20), True)],
    ),
    Functions(
        "`PG_BACKEND_PID`, `PG_CANCEL_BACKEND`, `SET_CONFIG`, `CURRENT_DATABASE`, `CURRENT_SCHEMA`",
        "PG_BACKEND_PID, PG_CANCEL_BACKEND, r_SET_CONFIG, r_CURRENT_DATABASE, r_CURRENT_SCHEMA",
        "select pg_backend_pid() > 0, set_config('statement_timeout', '0', false)",
        [(True, "0")],
    ),
)


@probe(
    _TOPIC,
    "The functions listed below exist, and return what the manual says",
    page="c_SQL_functions",
    because="the project's statements call them",
)
def the_functions_give_what_the_manual_says(target: Target) -> str:
    session = target.session()
    moment = f"'{_AT}'"
    table = target.table(
        session,
        "n integer, t timestamp, s varchar(9)",
        f"1, {moment}, 'a'",
        f"1, {moment}, 'b'",
        f"2, {moment}, ' c '",
    )
    for functions in FUNCTIONS:
        rows = session.query(functions.select.format(table=table))
        expect(functions.names, rows, functions.expected)
    return f"{len(FUNCTIONS)} queries gave the rows that they should"


@probe(
    _TOPIC,
    "DATEDIFF counts the boundaries between two timestamps, not the elapsed time",
    page="r_DATEDIFF_function",
    because="session lengths are computed in seconds and then divided",
)
def datediff_counts_boundaries(target: Target) -> str:
    session = target.session()
    moments = "timestamp '2018-11-01 20:59:59', timestamp '2018-11-01 21:00:01'"
    select = f"select datediff(hour, {moments}), datediff(second, {moments})"
    expect("hours and seconds", session.query(select), [(1, 2)])
    return "two seconds over the hour are 1 hour"
