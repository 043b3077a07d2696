"""COPY of character-delimited text and of CSV (copy-parameters-data-format)."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from backports import zstd
from hypothesis import example, given, settings
from hypothesis import strategies as st
from redshift_connector import ProgrammingError

from local.redshift.copy import text_reader
from local.redshift.copy.copy_command import CopyCommand
from local.redshift.copy.load_errors import Column
from local.redshift.copy.text_reader import TextReader
from local.redshift.history.statement_record import read_record
from tests.local.redshift.conftest import Loader


def copy(loader: Loader, options: str, *, source: str = "data/") -> None:
    loader.execute(f"copy t from 's3://{loader.bucket}/{source}' iam_role default {options}")


def load(
    loader: Loader, body: str | bytes, options: str, columns: str = "a varchar(99), b varchar(99)"
) -> list[Any]:
    loader.execute(f"create table t ({columns})")
    loader.put_raw(body.encode() if isinstance(body, str) else body, "data/1")
    copy(loader, options)
    return [tuple(row) for row in loader.execute("select * from t order by 1")]


@pytest.mark.parametrize(
    ("body", "options", "rows"),
    [
        ("1|x\n2|y", "", [("1", "x"), ("2", "y")]),
        ("1|x\r\n2|y\r\n", "", [("1", "x"), ("2", "y")]),
        ("1\tx|y\n", r"delimiter '\t'", [("1", "x|y")]),
        ("1\tx|y\n", r"delimiter as '\\t'", [("1", "x|y")]),
        ("1\001x\n", r"delimiter '\001'", [("1", "x")]),
        ("1,x\n", "delimiter ','", [("1", "x")]),
        ("|\n", "", [("", "")]),
        ("|\n", "emptyasnull", [(None, None)]),
        ("  |x \n", "blanksasnull", [(None, "x ")]),
        ("1|x \t \n", "trimblanks", [("1", "x")]),
        ("1|\\N\n", "", [("1", None)]),
        ("1|\\N\n", "null as 'NULL'", [("1", "\\N")]),
        ("1|NULL\n", "null 'NULL'", [("1", None)]),
        ('1|"x"\n', "", [("1", '"x"')]),
        ("1|a\\|b\n", "escape", [("1", "a|b")]),
        ("1|a\\\nb\n2|\\\\\n", "escape", [("1", "a\nb"), ("2", "\\")]),
        ("1|\\\\N\n2|\\N\n", "escape", [("1", None), ("2", None)]),
        ("1|\\012\n", "escape", [("1", "012")]),
        ("1|\\t\n", "", [("1", "\\t")]),
        ("'1|2'|\"x\"\n", "removequotes", [("1|2", "x")]),
        ("1|Blue'\n", "removequotes", [("1", "Blue'")]),
        ("1|' ' 'Black' ' '\n", "removequotes", [("1", " ' 'Black' ' ")]),
        ("1|' '\n", "removequotes", [("1", " ")]),
        ("1|'It\\'s'\n", "removequotes escape", [("1", "It's")]),
        ("a|b\n1|x\n", "ignoreheader 1", [("1", "x")]),
        ("a\nb\n1|x\n", "ignoreheader as 2", [("1", "x")]),
        ("a|b", "ignoreheader 1", []),
        ("1\n", "fillrecord", [("1", "")]),
        ("1\n", "fillrecord emptyasnull", [("1", None)]),
        ("1|x\n\n2|y\n", "ignoreblanklines", [("1", "x"), ("2", "y")]),
        ("\ufeff1|é\n", "", [("1", "é")]),
        (b"1|\xff\n", "acceptinvchars '^'", [("1", "^")]),
        ("1|x\n", "encoding utf8", [("1", "x")]),
        ("1,x\n", "csv", [("1", "x")]),
        ("1|x\n", "format as csv delimiter '|'", [("1", "x")]),
        ('1,"a ""quoted"" word"\n', "csv", [("1", 'a "quoted" word')]),
        ('1,"a\nb,c\r\nd"\n', "csv", [("1", "a\nb,c\r\nd")]),
        ('1 , "x" \n', "csv", [("1 ", "x")]),
        ('1,%a "b" %%c%%%\n', "csv quote as '%'", [("1", 'a "b" %c%')]),
        ('1\t"x"\t\n', r"csv delimiter '\t' fillrecord", None),
        ('1,""\n2,\n', "csv emptyasnull", [("1", None), ("2", None)]),
        ('1,\\N\n2,"a\\b"\n', "csv", [("1", None), ("2", "a\\b")]),
        ('a,b\n1,"x"', "csv ignoreheader 1", [("1", "x")]),
    ],
)
def test_text_is_read_as_the_options_say(
    body: str | bytes, options: str, rows: list[Any] | None, loader: Loader
) -> None:
    if rows is None:
        with pytest.raises(ProgrammingError, match="failed"):
            load(loader, body, options)
    else:
        assert load(loader, body, options) == rows


@pytest.mark.parametrize(
    ("line", "options", "code", "reason"),
    [
        ("1|2|3", "", 1202, "Extra column(s) found"),
        ("1", "", 1214, "Delimiter not found"),
        ("", "", 1211, "Input line contained no data"),
        ("'1|x", "removequotes", 1216, "Invalid quote formatting"),
        ("1|x\ry", "", 1216, "Missing newline: Unexpected character 0x79"),
        ('1,"x"y', "csv", 1216, "Invalid quote formatting for CSV"),
        ('1,x"y"', "csv", 1216, "Invalid quote formatting for CSV"),
        ("1|" + "x" * 9, "", 1204, "String length exceeds DDL length"),
        ("z|x", "", 1207, "Invalid digit, Value 'z', Pos 0, Type: Integer"),
        ("99999999999|x", "", 1222, "Overflow"),
        ("1|a\0b", "", 1220, "Bad UTF8 hex sequence: 00"),
    ],
)
def test_a_bad_row_is_refused_and_the_others_are_loaded(
    line: str, options: str, code: int, reason: str, loader: Loader
) -> None:
    good = "1,x" if "csv" in options else "1|x"
    body = f"{good}\n{line}\n{good}\n"
    assert load(loader, body, f"{options} maxerror 9", "a int, b varchar(3)") == [(1, "x")] * 2
    ((at, error_code, message),) = loader.elsewhere(
        "select line_number, error_code, trim(error_message) from sys_load_error_detail"
        f" where file_name like 's3://{loader.bucket}/%'"
    )
    assert (at, error_code) == (2, code)
    assert reason in message


def test_values_of_other_types_are_null_where_the_field_is_blank(loader: Loader) -> None:
    columns = "a int, b int, c date, d decimal(8, 2), e boolean"
    rows = load(loader, "1|2|2021-03-04|20.259|t\n2|| | |\n", "", columns)
    assert [row[:4] for row in rows] == [
        (1, 2, date(2021, 3, 4), Decimal("20.25")),
        (2, None, None, None),
    ]


def test_roundec_rounds_what_copy_cuts_off(loader: Loader) -> None:
    assert load(loader, "20.259\n", "roundec", "a decimal(8, 2)")[0][0] == Decimal("20.26")


@pytest.mark.parametrize(
    ("option", "compress"),
    [("gzip", gzip.compress), ("bzip2", bz2.compress), ("zstd", zstd.compress)],
)
@pytest.mark.parametrize("form", ["csv", "delimiter ','"])
def test_compressed_text_is_read(option: str, compress: Any, form: str, loader: Loader) -> None:
    body = compress(b"1,x\n" * 100_000)
    assert load(loader, body, f"{form} {option}") == [("1", "x")] * 100_000
    assert loader.execute("select pg_last_copy_count()") == [(100_000,)]


def test_the_header_of_every_object_is_skipped_and_its_lines_count(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    for key in ("data/1", "data/2"):
        loader.put_raw(b"a\n1\n2", key)
    copy(loader, "ignoreheader 1")
    loader.connection.commit()
    assert loader.execute("select count(*), sum(a) from t") == [(4, 6)]
    assert loader.elsewhere(
        "select lines_scanned, trim(file_format) from sys_load_detail as d"
        " inner join sys_load_history as h using (query_id)"
        f" where file_name like 's3://{loader.bucket}/%'"
    ) == [(3, "text")] * 2  # fmt: skip


@pytest.mark.parametrize(
    ("option", "text", "kind", "value"),
    [
        ("dateformat 'MM/DD/YYYY'", "03/31/2003", "date", date(2003, 3, 31)),
        ("dateformat as 'MON DD, YYYY'", "March 31, 2003", "date", date(2003, 3, 31)),
        ("dateformat 'DD-MON-YY'", "01-jan-99", "date", date(1999, 1, 1)),
        ("dateformat 'YYYYMMDD'", "20210304", "date", date(2021, 3, 4)),
        ("dateformat 'YYYY-MM-DD HH:MI'", "2021-03-04 05:06", "date", date(2021, 3, 4)),
        ("dateformat 'auto'", "20210304", "date", date(2021, 3, 4)),
        (
            "timeformat 'MM.DD.YYYY HH:MI:SS'", "03.31.2003 18:45:05.123456", "timestamp",
            datetime(2003, 3, 31, 18, 45, 5, 123456),
        ),
        (
            "timeformat 'DD/MM/YYYY HH12:MI PM'", "31/03/2003 12:45 am", "timestamp",
            datetime(2003, 3, 31, 0, 45),
        ),
        (
            "timeformat 'YYYY-MM-DDTHH:MI:SS'", "2003-03-31T18:45:05", "timestamp",
            datetime(2003, 3, 31, 18, 45, 5),
        ),
        ("timeformat 'epochsecs'", "1", "timestamp", datetime(1970, 1, 1, 0, 0, 1)),
        ("dateformat 'MM/DD/YYYY'", "2003-03-31", "date", 1205),
        ("dateformat 'MM/DD/YYYY'", "02/30/2003", "date", 1205),
        ("timeformat 'YYYY-MM-DD HH12:MI'", "2003-03-31 13:00", "timestamp", 1206),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["", "json 'auto'"])
def test_dates_and_times_are_read_by_their_format(
    option: str, text: str, kind: str, value: Any, form: str, loader: Loader
) -> None:
    body = f'{{"a": "{text}"}}' if form else text
    columns = f"a {kind}"
    if isinstance(value, int):
        load(loader, body, f"{form} {option} maxerror 2", columns)
        assert loader.errors() == [(1, "a", value)]
    else:
        assert load(loader, body, f"{form} {option}", columns) == [(value,)]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("csv escape", "CSV cannot be used with"),
        ("csv removequotes", "CSV cannot be used with"),
        ("quote '%'", "QUOTE can be used only with CSV"),
        ("csv quote ','", "QUOTE and DELIMITER must differ"),
        ("delimiter '|~'", "DELIMITER takes one ASCII character"),
        (r"null as '\0'", "NULL AS .* is not emulated"),
        ("dateformat 'QQ'", "DATEFORMAT 'QQ' is not emulated"),
        ("timeformat 'YYYY YYYY'", "TIMEFORMAT 'YYYY YYYY' is not emulated"),
        ("dateformat 'epochsecs'", "DATEFORMAT 'epochsecs' is not emulated"),
        ("encoding utf16", "ENCODING UTF16 is not emulated"),
        ("format as parquet", "FORMAT PARQUET is not emulated"),
        ("json 'auto' ignoreheader 1", "IGNOREHEADER cannot be used with JSON"),
    ],
)
def test_options_that_conflict_or_are_not_emulated_are_refused(
    options: str, reason: str, loader: Loader
) -> None:
    loader.execute("create table t (a int)")
    with pytest.raises(ProgrammingError, match=reason):
        copy(loader, options)


@pytest.mark.parametrize(
    "keys",
    [
        "access_key_id 'SECRETKEY' secret_access_key 'SECRETKEY'",
        "secret_access_key as 'SECRETKEY'",
        "credentials 'aws_access_key_id=SECRETKEY;aws_secret_access_key=SECRETKEY'",
        "with credentials as 'aws_access_key_id=SECRETKEY'",
    ],
)
def test_keys_of_aws_are_refused_and_shown_nowhere(keys: str, loader: Loader) -> None:
    loader.execute("create table t (a int)")
    with pytest.raises(ProgrammingError, match="use IAM_ROLE") as refused:
        loader.execute(f"copy t from 's3://{loader.bucket}/data/' {keys} csv")
    assert "SECRETKEY" not in str(refused.value)
    (sent,) = [sql for sql in read_record(loader.endpoint.record) if loader.bucket in sql]
    assert "'***'" in sent
    assert "SECRETKEY" not in loader.endpoint.record.read_text()


COLUMNS = [Column(name, "varchar", 40) for name in "abc"]
fields = st.lists(st.text(st.sampled_from("ab ,\"'|\\\r\né"), max_size=8), min_size=3, max_size=3)
junk = st.binary(max_size=60) | st.text(st.sampled_from("a,\"'|\\\r\n"), max_size=60).map(
    str.encode
)
COMMANDS = {
    "csv": {"csv": True},
    "text": {},
    "escape": {"escape": True},
    "quotes": {"remove_quotes": True},
    "both": {"escape": True, "remove_quotes": True},
}


def read(data: bytes, command: CopyCommand, block: int = text_reader.BLOCK) -> Any:
    """The CSV, the errors and the number of lines."""
    at = 0

    def take(size: int) -> bytes:
        nonlocal at
        at += size
        return data[at - size : at]

    with patch.object(text_reader, "BLOCK", block):
        batches = list(TextReader(COLUMNS, command).read("s3://b/1", take))
    return (
        b"".join(piece for batch in batches for piece in batch.csv),
        [(error.line, error.code) for batch in batches for error in batch.errors],
        sum(batch.lines for batch in batches),
    )


@settings(max_examples=50 * settings.default.max_examples)
@given(junk, st.sampled_from(sorted(COMMANDS)), st.integers(1, 40), st.integers(0, 2))
@example(b'a,"b\n', "csv", 1, 0)
def test_any_bytes_are_read_the_same_by_blocks_of_any_size(
    data: bytes, form: str, block: int, header: int
) -> None:
    command = CopyCommand("t", "s3://b/", ignore_header=header, **COMMANDS[form])  # type: ignore[arg-type]
    whole = read(data, command)
    assert read(data, command, max(block, 3)) == whole
    bare = data.removeprefix(b"\xef\xbb\xbf")
    assert whole[2] == bare.count(b"\n") + (not bare.endswith(b"\n") and bare != b"")


@settings(max_examples=20 * settings.default.max_examples)
@given(st.lists(fields, max_size=5))
def test_csv_written_by_python_is_read_back(rows: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    command = CopyCommand("t", "s3://b/", csv=True)
    converted, errors, _ = read(written.getvalue().encode(), command, 7)
    assert errors == []
    back = csv.reader(
        io.StringIO(converted.decode(), newline=""), escapechar="\\", doublequote=False
    )
    assert list(back) == rows
