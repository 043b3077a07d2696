"""COPY accounts for every row of any input: rows in = rows loaded + rows rejected.

`test_json_reader.py` compares the two decoders on objects that are almost valid. Here the objects
are arbitrary bytes, or damaged events. Python's json module counts their rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from local.redshift.copy import json_paths, json_reader, record_decoder
from local.redshift.copy.copy_command import CopyCommand
from local.redshift.copy.json_reader import JsonReader
from local.redshift.copy.load_errors import Column, RecordTooLong
from tests.local.redshift.conftest import Loader

pytestmark = pytest.mark.drawn

COLUMNS = [
    Column("itemInSession", "int4", not_null=True),
    Column("length", "numeric", scale=5),
    Column("song", "varchar", 64),
    Column("ts", "timestamp", not_null=True),
]
COMMAND = CopyCommand("t", "s3://b/", timeformat="epochmillisecs", empty_as_null=True)
PATHS = json_paths.auto(COLUMNS, ignore_case=False)
FILE = "s3://b/1"
BOM = b"\xef\xbb\xbf"
# More examples than the profile sets: they are fast, since only this process is involved.
MANY = settings(max_examples=60 * settings.default.max_examples)

junk = st.one_of(
    st.binary(max_size=40),
    st.text(st.sampled_from('{}[]":,\\ntfu01-.eE/ \r\t\x00é😀\ufeff\u2028'), max_size=40).map(
        str.encode
    ),
    st.sampled_from([b"", b" ", b"\r", b"{}", b"[]", b"null", b"1", b'"', b"{", b"[", b"}", b"]"]),
)


@st.composite
def events(draw: st.DrawFn) -> bytes:
    """A line as the app writes it."""
    value = {
        "itemInSession": draw(st.integers(-5, 2**31 + 5)),
        "length": draw(st.one_of(st.none(), st.floats(0, 1e8), st.sampled_from(["", "1e9", "x"]))),
        "song": draw(st.one_of(st.none(), st.text(max_size=9), st.integers(), st.booleans())),
        "ts": draw(st.sampled_from([1541419200000, 0, -1, "1541419200000", None, 1e12])),
        "more": draw(st.sampled_from([None, {"ts": 1}, [[]], "\ud83d\ude00"])),
    }
    return json.dumps(value, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")


@st.composite
def harmed(draw: st.DrawFn) -> bytes:
    """A damaged event."""
    line = draw(events())
    at = draw(st.integers(0, len(line)))
    match draw(st.integers(0, 5)):
        case 0:
            return line[:at]
        case 1:
            return line[at:]
        case 2:
            return line[:at] + draw(junk) + line[at:]
        case 3:
            return line[:at] + bytes([draw(st.integers(0, 255))]) + line[at + 1 :]
        case 4:
            return line[:at] + draw(events())[at:]
        case _:
            return line + draw(st.sampled_from([b"", b" ", b",", b"\r"])) + draw(events())


anything = st.lists(st.one_of(events(), harmed(), junk), max_size=8).map(b"\n".join)


def read(data: bytes, block: int = json_reader.BLOCK, *, fast: bool = True) -> list[Any]:
    """Rows by their line, errors by their line, and the number of lines."""
    reader = JsonReader(COLUMNS, PATHS, COMMAND)
    if not fast:
        reader._block = None
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        at += size
        return data[at - size : at]

    rows: list[int] = []
    errors: list[tuple[int, int]] = []
    lines = 0
    with patch.object(json_reader, "BLOCK", block):
        for batch in reader.read(FILE, take):
            lines += batch.lines
            errors += [(error.line, error.code) for error in batch.errors]
            for count, of_csv, line in batch.spans:
                rows += range(line, line + count) if count == of_csv else [line] * count
            assert batch.rows == sum(count for count, _, _ in batch.spans)
    return [sorted(rows), sorted(errors), lines]


def read_or_fail(data: bytes, longest: int, *block: int, fast: bool = True) -> list[Any] | int:
    """The result of `read`, or the line of a record with more than `longest` bytes."""
    with (
        patch.object(json_reader, "LONGEST_RECORD", longest),
        patch.object(record_decoder, "LONGEST_RECORD", longest),
    ):
        try:
            return read(data, *block, fast=fast)
        except RecordTooLong as failed:
            return failed.error.line


def is_one_row(line: bytes) -> bool:
    """Whether a line is exactly one row: a whole value, or one that no later line can complete."""
    try:
        text = line.decode("latin-1").strip(" \t\r")
        return json.JSONDecoder().raw_decode(text)[1] == len(text)
    except json.JSONDecodeError as error:
        return error.pos < len(text) or error.msg.startswith("Unterminated string")
    except RecursionError:
        return False


def rows_in(lines: list[bytes]) -> list[int]:
    """The numbers of the lines that contain a row."""
    bare = b"\n".join(lines).removeprefix(BOM).split(b"\n")
    return [number for number, line in enumerate(bare, start=1) if line.strip(b" \t\r")]


@st.composite
def line_by_line(draw: st.DrawFn) -> list[bytes]:
    """Lines that are each one row, good or bad, or blank.

    Each stays so without its byte order mark, which the first line of an object loses.
    """
    drawn = draw(st.lists(st.one_of(events(), harmed(), junk), max_size=12))
    pieces = [piece for line in drawn for piece in line.split(b"\n")]
    return [
        line
        for line in pieces
        if all(
            not text.strip(b" \t\r") or is_one_row(text) for text in (line, line.removeprefix(BOM))
        )
    ]


@MANY
@given(anything, st.integers(1, 200))
@example(b'{"itemInSession": 1}', 1)  # the whole line is read before its end is known
@example(BOM, 1)
def test_any_bytes_are_read_to_the_end_the_same_by_blocks_of_any_size(
    data: bytes, block: int
) -> None:
    whole = read(data)
    assert read(data, max(block, 4), fast=False) == read(data, max(block, 4)) == whole
    bare = data.removeprefix(BOM)
    assert whole[2] == bare.count(b"\n") + (not bare.endswith(b"\n") and bare != b"")


@MANY
@given(line_by_line(), st.integers(4, 400))
def test_each_line_is_loaded_or_rejected_and_none_is_both(lines: list[bytes], block: int) -> None:
    rows, errors, _ = read(b"\n".join(lines), block)
    assert sorted([*rows, *(line for line, _ in errors)]) == rows_in(lines)


@MANY
@given(st.lists(st.one_of(harmed(), junk), max_size=4), st.integers(4, 400))
@example([b'{"itemInSession": 1, "song":'], 400)  # the next line might belong to it
def test_good_lines_are_loaded_whatever_broken_ones_stand_before_them(
    bad: list[bytes], block: int
) -> None:
    """A broken record ends at the next line that begins like a record, at the latest."""
    good = [b'{"itemInSession": 1, "ts": 1541419200000}'] * 3
    rows, _, lines = read(b"\n".join([*bad, *good]), block)
    assert {lines - 2, lines - 1, lines} <= set(rows)


@MANY
@given(anything, st.integers(4, 200), st.integers(30, 150))
@example(b'{"itemInSession": 0, "song": "\n{"itemInSession": 0}', 4, 30)
@example(b'{"itemInSession": 0, "song": "' + b"\n" * 9 + b'{"itemInSession": 0}', 4, 35)
def test_a_record_that_is_too_long_is_found_wherever_the_object_is_cut(
    data: bytes, block: int, longest: int
) -> None:
    whole = read_or_fail(data, longest)
    assert read_or_fail(data, longest, block) == whole
    assert read_or_fail(data, longest, block, fast=False) == whole


@MANY
@given(st.lists(events(), max_size=8), st.integers(4, 400), st.integers(50, 150))
def test_the_first_record_that_is_too_long_fails_the_load(
    lines: list[bytes], block: int, longest: int
) -> None:
    outcome = read_or_fail(b"\n".join(lines), longest, block)
    too_long = [number for number, line in enumerate(lines, start=1) if len(line) > longest]
    assert (outcome == too_long[0]) if too_long else isinstance(outcome, list)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(line_by_line(), min_size=1, max_size=5))
@example([[b'{"itemInSession": 1, "ts": 0, "length": "1e99999999999"}']])
@example([[b'{"itemInSession": "0x1F", "ts": 0, "length": "NaN"}']])
def test_a_copy_accounts_for_every_row_that_went_in(
    loader: Loader, objects: list[list[bytes]]
) -> None:
    prefix = next(PREFIXES)
    loader.connection.autocommit = True
    loader.execute("drop table if exists t")
    loader.execute(
        'create table t ("itemInSession" int not null, length decimal(12, 5), song varchar(64),'
        " ts timestamp not null)"
    )
    for number, lines in enumerate(objects):
        loader.put_raw(b"\n".join(lines), f"{prefix}/{number}")
    loader.copy(
        "timeformat 'epochmillisecs' emptyasnull maxerror 100000",
        source=f"s3://{loader.bucket}/{prefix}/",
    )
    ((loaded, refused, there),) = loader.execute(
        "select pg_last_copy_count(), (select count(*) from sys_load_error_detail"
        " where query_id = last_user_query_id()), (select count(*) from t)"
    )
    assert loaded == there
    assert loaded + refused == sum(len(rows_in(lines)) for lines in objects)


def _prefixes() -> Iterator[str]:
    yield from (f"fuzz{number}" for number in range(1_000_000))


PREFIXES = _prefixes()
