"""How COPY fails because of the data."""

from __future__ import annotations

from conformance.probe import Differs, error_text, expect, probe, refusal
from conformance.probes.copy_values import load
from conformance.target import Target
from sparkify.failures import is_of_s3, sqlstate, transient_kind

_TOPIC = "COPY: failures"


@probe(
    _TOPIC,
    "With MAXERROR n, COPY skips bad rows and loads the others",
    page="copy-parameters-data-load",
    because="it is the error budget of a load",
)
def maxerror_leaves_rows_out(target: Target) -> str:
    rows = load(target, "a integer", {"a": 1}, {"a": "x"}, {"a": 3}, options="maxerror 10")
    expect("rows", rows, [(1,), (3,)])
    return "2 of 3 rows were loaded"


@probe(
    _TOPIC,
    "Without MAXERROR, COPY fails at a bad value, with SQLSTATE XX000, and names the table and the"
    " view that has the error",
    page="r_COPY, r_Load_Error_Reference",
    because="a load recognizes bad data by this message, and is not retried",
)
def a_bad_value_fails_the_copy(target: Target) -> str:
    return _refused_for_its_data(target, "", {"a": 1}, {"a": "x"})


@probe(
    _TOPIC,
    "COPY fails when the number of errors reaches MAXERROR, and loads nothing",
    page="copy-parameters-data-load",
    because="a load that exceeds its error budget must load nothing",
)
def copy_fails_at_maxerror(target: Target) -> str:
    return _refused_for_its_data(target, "maxerror 2", {"a": 1}, {"a": "x"}, {"a": "y"})


def _refused_for_its_data(target: Target, options: str, *records: dict[str, object]) -> str:
    session = target.session()
    table = target.table(session, "a integer")
    error = refusal(session, target.copy(table, target.put(*records), options))
    expect("rows", session.query(f"select count(*) from {table}"), [(0,)])
    expect("SQLSTATE", sqlstate(error), "XX000")
    text = error_text(error).lower()
    named = any(view in text for view in ("stl_load_errors", "sys_load_error_detail"))
    if not named or is_of_s3(error) or transient_kind(error):
        raise Differs(error_text(error))
    return error_text(error)


@probe(
    _TOPIC,
    "COPY into a table that does not exist fails with SQLSTATE 42P01",
    page="r_COPY",
    because="the load's error message then says to create the tables",
)
def copy_into_a_missing_table_fails(target: Target) -> str:
    session = target.session()
    error = refusal(session, target.copy("no_such_table", target.put({"a": 1})))
    expect("SQLSTATE", sqlstate(error), "42P01")
    return error_text(error)


@probe(
    _TOPIC,
    "COPY from a prefix without objects fails",
    page="copy-parameters-data-source-s3",
    because="loads list the objects first, and skip COPY if there are none",
)
def copy_of_nothing_fails(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer")
    copy = target.copy(table, f"{target.url}/nothing-there/")
    return error_text(refusal(session, copy, words="does not exist|not found"))
