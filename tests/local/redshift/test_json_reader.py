"""The two decoders of COPY give the same rows and errors, however an object is cut into blocks."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from local.redshift.copy import json_paths
from local.redshift.copy.copy_command import CopyCommand
from local.redshift.copy.json_reader import JsonReader
from local.redshift.copy.load_errors import Column

COLUMNS = [
    Column("name", "varchar", 8),
    Column("must", "varchar", 6, not_null=True),
    Column("number", "int4"),
    Column("needed", "int8", not_null=True),
    Column("price", "numeric"),
    Column("moment", "timestamp"),
    Column("flag", "bool"),
]
FILE = "s3://bucket/file.json"

Row = tuple[str | None, ...]


def read(
    data: bytes, command: CopyCommand, *, fast: bool, cuts: list[int] | None = None
) -> tuple[list[Row], list[tuple[int, int, str | None]]]:
    """The rows as PostgreSQL would read them, and the errors as (line, code, column)."""
    paths = json_paths.auto(COLUMNS, ignore_case=False)
    reader = JsonReader(COLUMNS, paths, command)
    if not fast:
        reader._block = None
    ends = [at for at in accumulate(cuts or []) if at < len(data)]
    pieces = [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True) if a < b]
    supply = iter(pieces)
    rows: list[Row] = []
    errors = []
    for batch in reader.read(FILE, lambda size: next(supply, b"")):
        csv = b"".join(batch.csv)
        parsed = parse_csv(csv)
        assert len(parsed) == batch.rows
        assert sum(lines for _, lines, _ in batch.spans) == csv.count(b"\n")
        rows += parsed
        errors += [(e.line, e.code, e.column.name if e.column else None) for e in batch.errors]
    return rows, errors


def parse_csv(csv: bytes) -> list[Row]:
    """CSV as PostgreSQL reads it with `CSV_OPTIONS`, with normalized values."""
    text = csv.decode()
    rows: list[Row] = []
    fields: list[str | None] = []
    at = 0
    while at < len(text):
        value = ""
        quoted = text[at] == '"'
        if quoted:
            at += 1
            while text[at] != '"':
                if text[at] == "\\" and text[at + 1] in '"\\':
                    at += 1
                value += text[at]
                at += 1
            at += 1
        else:
            while text[at] not in ",\n":
                value += text[at]
                at += 1
        fields.append(value if quoted or value != "null" else None)
        assert text[at] in ",\n"
        if text[at] == "\n":
            assert len(fields) == len(COLUMNS)
            rows.append(tuple(map(one_form, COLUMNS, fields)))
            fields = []
        at += 1
    return rows


def one_form(column: Column, value: str | None) -> str | None:
    if value is not None and column.kind == "timestamp":
        return value.replace("+00:00", "").replace("Z", "").removesuffix(".000000")
    if value is not None and column.kind == "integer" and value == "-0":
        return "0"
    return value


odd_text = st.text(st.sampled_from('ab" \\/,[]{}\n\r\t\x0b\0é\u00a0\u2028😀null0'), max_size=9)
text = st.one_of(odd_text, *[st.text(st.sampled_from('ab" \\/,[]{}é😀'), max_size=6)] * 4)
number = st.sampled_from(
    [
        "0",
        "-0",
        "7",
        "12.50",
        "1e5",
        "1E+2",
        "-3.0",
        "1540919166796.0",
        "1234567890" * 3,
        "9" * 5000,
    ]
)
broken = st.sampled_from(
    [
        "",
        " ",
        "nonsense",
        "7",
        "1234567890" * 6,
        "null",
        "[1, 2]",
        "{",
        "}",
        "]}",
        '{"x": [',
        '{"x": ' + "[" * 3000,
        '{"name": "a"',
        '{"name": "a}',
        '{"name": NaN}',
        '{"must":"a","needed":1,}',
        '{"must":"a","needed":01}',
        '{"must":"a","needed":1} x',
        '{"must":"a","needed":1} {"must":"b","needed":2}',
        '{"name":\n"b",\n"must":"c","needed":\n3}',
        '{"must":"a",\n"needed":\n3,,\n"name":"b"}',
        '{"must": "\\ud800","needed":1}',
        '{"must":"a\tb","needed":1}',
    ]
)


def written(value: Any, escape: bool) -> str:
    shown = json.dumps(value, ensure_ascii=escape)
    return shown.replace("/", "\\/") if escape else shown


values = st.one_of(
    st.builds(written, text, st.booleans()),
    number,
    st.sampled_from(["null", "true", "false", "{}", '{"a": [1, "x"]}', "[]", '"12"', '" "', '""']),
)
likely = {
    "name": st.builds(written, text, st.booleans()),
    "must": st.builds(written, text, st.booleans()),
    "number": st.sampled_from(["1", "null", "-5", '"39"', '""']),
    "needed": st.sampled_from(["1", "2541105830796"]),
    "price": st.sampled_from(["1.50", "null", "7", '"2.5"', '""']),
    "moment": st.sampled_from(
        [
            "1541105830796",
            "-61000000000001",
            "4294967296001",
            "null",
            '"1541105830796"',
            "-1",
            '"2018-11-01"',
        ]
    ),
    "flag": st.sampled_from(["true", "null", '"t"']),
}


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    if draw(st.integers(0, 14)) == 0:
        return draw(broken).encode()
    fields = []
    for column in COLUMNS:
        if column.not_null or draw(st.booleans()):
            value = draw(values if draw(st.integers(0, 24)) == 0 else likely[column.name])
            fields.append(f'"{column.name}":{value}')
    if draw(st.integers(0, 9)) == 0:
        fields.append(
            draw(st.sampled_from(['"name":"twice"', '"other":{"name":1}', '"\\u006eame":"k"']))
        )
    line = "{" + ", ".join(fields) + "}"
    raw = line.encode(errors="surrogatepass")
    if draw(st.integers(0, 19)) == 0:
        raw = raw.replace(b"a", draw(st.sampled_from([b"\xff", b"\xc3", b"\xed\xa0\x80"])), 1)
    return raw


objects = st.builds(
    lambda parts, end, tail: end.join(parts) + tail,
    st.lists(lines(), max_size=8),
    st.sampled_from([b"\n", b"\n", b"\r\n", b"\n\n"]),
    st.sampled_from([b"", b"\n", b"\n\n"]),
)
commands = st.builds(
    CopyCommand,
    table=st.just("t"),
    source=st.just("s3://bucket/"),
    timeformat=st.sampled_from(["epochmillisecs", "epochsecs", None, "auto"]),
    blanks_as_null=st.booleans(),
    empty_as_null=st.booleans(),
    truncate_columns=st.booleans(),
    accept_invalid_chars=st.sampled_from([None, "?"]),
)


@settings(max_examples=1500, deadline=None)
@given(objects, commands)
@example(b'{"must":"a","needed":1}\n' * 3, CopyCommand("t", "s3://b/"))
def test_the_fast_path_gives_the_same_rows_and_errors_as_the_full_rules(
    data: bytes, command: CopyCommand
) -> None:
    assert read(data, command, fast=True) == read(data, command, fast=False)


@settings(max_examples=700, deadline=None)
@given(objects, commands, st.lists(st.integers(4, 60), min_size=1, max_size=40), st.booleans())
@example(b"1234567890" * 6, CopyCommand("t", "s3://b/"), [10] * 6, False)
@example(
    b'{"must":"a","needed":1} {"must":"b",\n"needed":2}', CopyCommand("t", "s3://b/"), [30], True
)
def test_the_result_does_not_depend_on_how_an_object_is_cut(
    data: bytes, command: CopyCommand, cuts: list[int], fast: bool
) -> None:
    assert read(data, command, fast=fast, cuts=cuts) == read(data, command, fast=False)
