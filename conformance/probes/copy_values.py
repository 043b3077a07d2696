"""How COPY converts JSON records to rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conformance.probe import Differs, error_text, expect, probe, refusal
from conformance.target import Target
from sparkify.failures import sqlstate

_TOPIC = "COPY: values"
_FOUR_MB = 4 * 1024 * 1024


def load(
    target: Target, columns: str, *records: Any, options: str = "", json_as: str = "auto"
) -> list[tuple[Any, ...]]:
    """Create a table and COPY these records into it; returns its rows."""
    session = target.session()
    table = target.table(session, columns)
    session.execute(target.copy(table, target.put(*records), options, json_as=json_as))
    return sorted(session.query(f"select * from {table}"))


@probe(
    _TOPIC,
    "JSON 'auto' matches keys with columns, in any order; keys without a column are ignored",
    page="copy-usage_notes-copy-from-json",
    because="songs are loaded this way",
)
def json_auto_goes_by_key(target: Target) -> str:
    rows = load(target, "a integer, b varchar(9)", {"c": 0, "b": "x", "a": 1}, {"a": 2})
    expect("rows", rows, [(1, "x"), (2, None)])
    return "a key that is missing is NULL"


@probe(
    _TOPIC,
    "A jsonpaths file assigns values in the order of the columns",
    page="copy-usage_notes-copy-from-json",
    because="events are loaded this way",
)
def jsonpaths_go_by_the_order_of_columns(target: Target) -> str:
    paths = target.put({"jsonpaths": ["$['lastName']", "$['itemInSession']"]})
    rows = load(
        target,
        "last_name varchar(9), item integer",
        {"itemInSession": 3, "lastName": "Byron"},
        json_as=paths,
    )
    expect("rows", rows, [("Byron", 3)])
    return "keys in camelCase, columns in snake_case"


@probe(
    _TOPIC,
    "A JSON record of more than 4 MB fails the COPY, whatever MAXERROR says",
    page="copy-usage_notes-copy-from-json",
    because="such a record is not a rejected row: it fails the load",
)
def a_record_over_4_mb_fails(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer, b varchar(9)")
    source = target.put({"a": 1}, {"a": 2, "b": "x" * _FOUR_MB})
    error = refusal(session, target.copy(table, source, "maxerror 10"), words="load into")
    expect("rows", session.query(f"select count(*) from {table}"), [(0,)])
    return error_text(error)


@probe(
    _TOPIC,
    "TIMEFORMAT 'epochmillisecs' keeps the milliseconds",
    page="r_DATEFORMAT_and_TIMEFORMAT_strings",
    because="start_time has milliseconds",
)
def epochmillisecs_keeps_milliseconds(target: Target) -> str:
    rows = load(target, "t timestamp", {"t": 1541105830796}, options="timeformat 'epochmillisecs'")
    expect("the moment", rows, [(datetime(2018, 11, 1, 20, 57, 10, 796000),)])
    return str(rows[0][0])


@probe(
    _TOPIC,
    "EMPTYASNULL loads an empty string as NULL",
    page="copy-parameters-data-conversion",
    because="logged-out users have an empty userId",
)
def emptyasnull_makes_null(target: Target) -> str:
    rows = load(target, "a varchar(9)", {"a": ""}, options="emptyasnull")
    expect("the value", rows, [(None,)])
    expect("without it", load(target, "a varchar(9)", {"a": ""}), [("",)])
    return "without it the string stays empty"


@probe(
    _TOPIC,
    "VARCHAR(n) counts bytes; COPY rejects a longer value and does not truncate it",
    page="r_Character_types",
    because="such a row is recorded as rejected",
)
def varchar_counts_bytes_in_copy(target: Target) -> str:
    rows = load(
        target, "a varchar(4)", {"a": "éé"}, {"a": "ééé"}, {"a": "abcde"}, options="maxerror 10"
    )
    expect("rows", rows, [("éé",)])
    return "three letters of two bytes do not fit into VARCHAR(4)"


@probe(
    _TOPIC,
    "COPY removes trailing blanks from a value that is too long because of them",
    page="r_Character_types",
    because="such a row is loaded, not rejected",
)
def copy_cuts_excess_blanks(target: Target) -> str:
    rows = load(target, "a varchar(3)", {"a": "abc   "})
    expect("rows", rows, [("abc",)])
    return "'abc   ' was loaded into VARCHAR(3) as 'abc'"


@probe(
    _TOPIC,
    "A number is loaded into a text column as it is written",
    page="copy-usage_notes-copy-from-json",
    because="there is an artist named 311",
)
def a_number_is_loaded_as_text(target: Target) -> str:
    expect("rows", load(target, "a varchar(9)", {"a": 311}), [("311",)])
    return "311"


@probe(
    _TOPIC,
    "After a record that is not valid JSON, COPY continues with the next one",
    page="copy-usage_notes-copy-from-json, copy-parameters-data-load",
    because="a broken line is one rejected row, and the others are loaded",
)
def copy_resumes_after_a_broken_record(target: Target) -> str:
    rows = load(
        target, "a integer", {"a": 1}, '{"a": 2,,}', {"a": 3}, {"a": 4}, options="maxerror 10"
    )
    expect("rows", rows, [(1,), (3,), (4,)])
    return "the record after it was loaded"


@probe(
    _TOPIC,
    "COPY into a temporary table is part of the caller's transaction",
    page="r_COPY",
    because="rows are checked before they are moved to their table",
)
def copy_is_part_of_the_transaction(target: Target) -> str:
    session, other = target.session(), target.session()
    table = target.table(session, "a integer")
    source = target.put({"a": 1}, {"a": 2})
    session.execute("begin")
    session.execute("create temporary table arriving (a integer)")
    session.execute(target.copy("arriving", source))
    session.execute(f"insert into {table} select a from arriving")
    expect("rows of another session", other.query(f"select count(*) from {table}"), [(0,)])
    session.execute("rollback")
    expect("rows after ROLLBACK", session.query(f"select count(*) from {table}"), [(0,)])
    error = refusal(session, "select count(*) from arriving")
    if sqlstate(error) != "42P01":
        raise Differs(f"the temporary table still exists: {error_text(error)}")
    return "ROLLBACK took rows and temporary table back"
