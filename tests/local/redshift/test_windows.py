"""Window functions and ordered aggregates, including those that PostgreSQL lacks."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader

FRAME = "rows between unbounded preceding and unbounded following"
SO_FAR = "rows between unbounded preceding and current row"


@pytest.fixture
def sales(loader: Loader) -> Loader:
    loader.execute("create table sales (seller int, day int, amount int, item varchar(9))")
    loader.execute(
        "insert into sales values (1, 1, null, 'pen'), (1, 2, 30, 'ink'), (1, 3, null, 'pen'),"
        " (1, 4, 10, 'cup'), (2, 1, 5, 'pen')"
    )
    return loader


@pytest.mark.parametrize(
    ("call", "values"),
    [
        (f"first_value(amount ignore nulls) over (partition by seller order by day {FRAME})",
         [30, 30, 30, 30, 5]),
        (f"last_value(amount) ignore nulls over (partition by seller order by day {SO_FAR})",
         [None, 30, 30, 10, 5]),
        (f"nth_value(amount, 2) ignore nulls over (partition by seller order by day {FRAME})",
         [10, 10, 10, 10, None]),
        (f"nth_value(amount, 2) respect nulls over (partition by seller order by day {FRAME})",
         [30, 30, 30, 30, None]),
        ("lag(amount) ignore nulls over (partition by seller order by day)",
         [None, None, 30, 30, None]),
        ("lead(amount, 2) ignore nulls over (partition by seller order by day)",
         [10, None, None, None, None]),
        ("lag(day, 1) over (partition by seller order by day)", [None, 1, 2, 3, None]),
        ("median(amount) over (partition by seller)", [20, 20, 20, 20, 5]),
        ("percentile_cont(0.25) within group (order by amount) over (partition by seller)",
         [15, 15, 15, 15, 5]),
        ("percentile_cont(0.25) within group (order by amount desc) over (partition by seller)",
         [25, 25, 25, 25, 5]),
        ("percentile_disc(0.6) within group (order by amount) over (partition by seller)",
         [30, 30, 30, 30, 5]),
        ("ratio_to_report(amount) over (partition by seller)", [None, 0.75, None, 0.25, 1.0]),
        ("listagg(item, '+') within group (order by day desc) over (partition by seller)",
         ["cup+pen+ink+pen"] * 4 + ["pen"]),
        ("sum(amount) over (partition by seller)", [40, 40, 40, 40, 5]),
    ],
)  # fmt: skip
def test_a_window_function_has_redshifts_values(
    sales: Loader, call: str, values: list[Any]
) -> None:
    rows = sales.execute(f"select seller, day, {call} from sales order by seller, day")
    assert [value for _, _, value in rows] == values


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("median(amount)", Decimal(10)),
        ("percentile_cont(0.5) within group (order by amount::float)", 10.0),
        ("percentile_disc(0.5) within group (order by amount desc)", 10),
        ("listagg(item)", "peninkpencuppen"),
        ("listagg(item, ', ') within group (order by day, seller desc)", "pen, pen, ink, pen, cup"),
        ("listagg(distinct item, ',') within group (order by item)", "cup,ink,pen"),
        ("listagg(distinct amount, ',') within group (order by amount)", "5,10,30"),
        ("listagg(null::varchar, ',')", None),
        ("median(dateadd(day, day, '2021-01-01'))", datetime(2021, 1, 3)),
        ("approximate count(distinct item)", 3),
        ("approximate percentile_disc(0.5) within group (order by amount)", 10),
        ("median(amount) + len(listagg(item))", Decimal(25)),
    ],
)
def test_an_aggregate_has_redshifts_value(sales: Loader, call: str, value: Any) -> None:
    assert sales.execute(f"select {call} from sales") == [(value,)]


def test_aggregates_nest_in_windows(sales: Loader) -> None:
    assert sales.execute(
        "select seller, median(sum(amount)) over (), ratio_to_report(sum(amount)) over ()"
        " from sales group by seller order by seller"
    ) == [(1, Decimal("22.5"), 40 / 45), (2, Decimal("22.5"), 5 / 45)]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select sum(amount) over (order by day) from sales", "require a frame clause"),
        ("select first_value(day) over (partition by seller order by day) from sales",
         "require a frame clause"),
        (f"select sum(day) over (order by day {FRAME.replace('rows', 'range')}) from sales",
         "only frames of ROWS"),
        ("select sum(day) over w from sales window w as (partition by seller)", "named window"),
        ("select lag(day, 1, 0) over (order by day) from sales", "with a default"),
        ("select listagg(distinct item) over () from sales", "over a window is not emulated"),
        ("select median(day) over (order by day) from sales", "MEDIAN takes no ORDER BY"),
        ("select ratio_to_report(day) over (order by day) from sales", "takes no ORDER BY"),
        (f"select listagg(item) within group (order by day) over (order by day {FRAME}) from sales",
         "LISTAGG takes no ORDER BY"),
        (f"select sum(day) over (order by day {FRAME} exclude ties) from sales", "EXCLUDE"),
        ("select listagg(repeat('é', 16384)) from sales", "Result size exceeds LISTAGG limit"),
        ("select listagg(repeat('é', 16384)) over () from sales", "exceeds LISTAGG limit"),
        ("select percentile_cont(1.5) within group (order by day) from sales", "between 0 and 1"),
        ("select percentile_cont(-1) within group (order by day) over () from sales",
         "between 0 and 1"),
        ("select * from sales pivot (sum(amount) for item in ('pen'))", "Name all columns"),
    ],
)  # fmt: skip
def test_a_form_that_is_not_emulated_is_refused(sales: Loader, sql: str, words: str) -> None:
    with pytest.raises(ProgrammingError, match=words):
        sales.execute(sql)
