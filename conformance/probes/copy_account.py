"""How Redshift reports on a COPY: notices and system views."""

from __future__ import annotations

import re
import time
from typing import Any

from conformance.probe import Differs, expect, probe, refusal
from conformance.target import Target
from sparkify.loads.copy_account import PATIENCE
from sparkify.warehouse.session import Warehouse

_TOPIC = "COPY: reports"
_LOADED = re.compile(r"completed, +(\d+) record\(s\) loaded successfully")
_NOT_LOADED = re.compile(r"completed, +(\d+) record\(s\) could not be loaded")
_WAIT = 0.2
_RECORDS = ({"a": 1}, {"a": "x"}, {"a": 3}, "{broken")


class _Loaded:
    """A COPY of two good and two bad records, and Redshift's reports on it."""

    def __init__(self, target: Target) -> None:
        self.session = target.session()
        ((self.began,),) = self.session.query("select getdate()")
        table = target.table(self.session, "a integer")
        self.source = target.put(*_RECORDS)
        self.notices = self.session.execute_for_notices(
            target.copy(table, self.source, "maxerror 10")
        )
        self.ended = time.monotonic()

    def record(self) -> tuple[Any, ...]:
        """Its row in SYS_LOAD_HISTORY, after waiting for it."""
        return _wait_for_rows(
            self.session,
            "select query_id, trim(status), loaded_rows, error_count from sys_load_history"
            " where session_id = %(session)s and start_time >= %(began)s and status = 'completed'",
            {"session": self.session.session_id, "began": self.began},
        )[0]

    def rows(self, view: str, columns: str, count: int) -> list[tuple[Any, ...]]:
        """Its rows in another view, after waiting for `count` rows."""
        return _wait_for_rows(
            self.session,
            f"select {columns} from {view} where query_id = %(query_id)s order by 1",
            {"query_id": self.record()[0]},
            count,
        )


def _wait_for_rows(
    session: Warehouse, sql: str, values: dict[str, Any], count: int = 1
) -> list[tuple[Any, ...]]:
    """The rows of a system view, after waiting for `count` rows.

    :raises Differs: they did not appear in the time that a load waits.
    """
    deadline = time.monotonic() + PATIENCE
    while len(rows := session.query(sql, values)) < count:
        if time.monotonic() > deadline:
            raise Differs(f"after {PATIENCE:.0f} s there are {len(rows)} rows, not {count}: {sql}")
        time.sleep(_WAIT)
    return rows


@probe(
    _TOPIC,
    "COPY sends notices with the numbers of records that it loaded and could not load",
    page="r_COPY",
    because="the first of three reports on what was loaded, which must agree",
)
def copy_sends_notices(target: Target) -> str:
    notices = _Loaded(target).notices
    loaded = [match[1] for text in notices if (match := _LOADED.search(text))]
    refused = [match[1] for text in notices if (match := _NOT_LOADED.search(text))]
    if (loaded, refused) != (["2"], ["2"]):
        raise Differs(f"notices: {notices}")
    return " / ".join(" ".join(text.split()) for text in notices)


@probe(
    _TOPIC,
    "SYS_LOAD_HISTORY shows a COPY to its own session within 30 seconds, with its counts",
    page="SYS_LOAD_HISTORY",
    because="the second report; a load waits 30 seconds for it, then fails and is retried",
    note="immediately, or after `--system-view-lag`",
)
def the_history_shows_a_copy_in_time(target: Target) -> str:
    load = _Loaded(target)
    _, status, loaded, errors = load.record()
    delay = time.monotonic() - load.ended
    expect("status, rows and errors", (status, loaded, errors), ("completed", 2, 2))
    return f"after {delay:.1f} s"


@probe(
    _TOPIC,
    "A COPY is found in SYS_LOAD_HISTORY by pg_backend_pid() and its start time",
    page="SYS_LOAD_HISTORY, PG_BACKEND_PID, PG_LAST_COPY_ID",
    because="pg_last_copy_id() may be valid only in STL views",
    note="ids in STL and SYS views have separate ranges",
)
def a_copy_is_found_by_its_session(target: Target) -> str:
    load = _Loaded(target)
    query_id = load.record()[0]
    ((last_copy,),) = load.session.query("select pg_last_copy_id()")
    ((url,),) = load.rows("sys_load_detail", "trim(file_name)", 1)
    expect("the object of this query_id", url, load.source)
    same = "the same" if last_copy == query_id else "another id"
    return f"query_id {query_id}; pg_last_copy_id() is {same}"


@probe(
    _TOPIC,
    "pg_last_copy_id() finds the errors of a COPY in STL_LOAD_ERRORS",
    page="PG_LAST_COPY_ID, r_STL_LOAD_ERRORS",
    because="its ids are those of STL views; loads do not use them in SYS views",
)
def the_last_copy_id_is_one_of_stl_views(target: Target) -> str:
    load = _Loaded(target)
    ((last_copy,),) = load.session.query("select pg_last_copy_id()")
    errors = "select line_number, trim(filename) from stl_load_errors where query = %(query)s"
    rows = _wait_for_rows(load.session, f"{errors} order by 1", {"query": last_copy}, 2)
    expect("lines and object", rows, [(2, load.source), (4, load.source)])
    return f"query {last_copy} has the two errors"


@probe(
    _TOPIC,
    "SYS_LOAD_DETAIL has a row for each object with the number of scanned lines, also for JSON",
    page="SYS_LOAD_DETAIL",
    because="the third report; it is incomplete if a row is missing",
)
def the_detail_has_a_row_for_each_object(target: Target) -> str:
    rows = _Loaded(target).rows("sys_load_detail", "lines_scanned, bytes_scanned", 1)
    expect("rows", len(rows), 1)
    lines, size = rows[0]
    expect("lines scanned", lines, len(_RECORDS))
    return f"lines_scanned {lines}, bytes_scanned {size}"


@probe(
    _TOPIC,
    "SYS_LOAD_ERROR_DETAIL has a row for each refused record: object, line, column, code, message",
    page="SYS_LOAD_ERROR_DETAIL, r_Load_Error_Reference",
    because="rejected rows are recorded with their reasons",
)
def the_errors_name_line_and_reason(target: Target) -> str:
    load = _Loaded(target)
    columns = "line_number, trim(column_name), error_code, trim(error_message), trim(file_name)"
    rows = load.rows("sys_load_error_detail", columns, 2)
    expect(
        "lines and object", [(row[0], row[4]) for row in rows], [(2, load.source), (4, load.source)]
    )
    expect("column and code of a bad value", rows[0][1:3], ("a", 1207))
    return "; ".join(f"line {row[0]}: {row[2]} {row[3]}" for row in rows)


@probe(
    _TOPIC,
    "The error for a record that is not JSON has code 1216, or no column",
    page="r_Load_Error_Reference",
    because="it identifies broken records; one that shares its line with others fails the load",
)
def a_broken_record_has_code_1216(target: Target) -> str:
    columns = "line_number, trim(column_name), error_code"
    broken = _Loaded(target).rows("sys_load_error_detail", columns, 2)[1]
    if broken[2] != 1216 and broken[1]:
        raise Differs(f"column {broken[1]!r}, code {broken[2]}")
    return f"column {broken[1]!r}, code {broken[2]}"


@probe(
    _TOPIC,
    "A failed COPY is in SYS_LOAD_HISTORY, and its errors are in SYS_LOAD_ERROR_DETAIL",
    page="SYS_LOAD_HISTORY, SYS_LOAD_ERROR_DETAIL",
    because="the log of a failed load shows the error of each row",
)
def a_failed_copy_leaves_its_errors(target: Target) -> str:
    session = target.session()
    ((began,),) = session.query("select getdate()")
    table = target.table(session, "a integer")
    refusal(session, target.copy(table, target.put({"a": "x"})))
    ((status, query_id),) = _wait_for_rows(
        session,
        "select trim(status), query_id from sys_load_history"
        " where session_id = %(session)s and start_time >= %(began)s and status = 'aborted'",
        {"session": session.session_id, "began": began},
    )
    errors = "select error_code from sys_load_error_detail where query_id = %(query_id)s"
    codes = _wait_for_rows(session, errors, {"query_id": query_id})
    expect("codes", codes, [(1207,)])
    return f"status {status}, code {codes[0][0]}"
