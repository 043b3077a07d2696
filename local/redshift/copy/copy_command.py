"""Parses a COPY statement into a `CopyCommand`.

Supports S3 sources by key prefix or manifest; JSON, CSV and delimited text; and the options below.
Any other option is refused by name, never ignored.

Source: Amazon Redshift's manual, "COPY" (r_COPY) and its parameter pages.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot.tokens import Token, TokenType

from local.redshift.copy.date_formats import KEYWORDS, DateFormat, UnknownFormat
from local.redshift.copy.decompression import Compression


class Refused(Exception):
    """Redshift, or this endpoint, does not support the statement."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(slots=True)
class CopyCommand:
    """One COPY. Defaults are Redshift's."""

    table: str  # as written, including schema and quotes
    source: str  # s3://bucket/prefix, or the manifest's URL
    columns: tuple[str, ...] = ()
    iam_role: str | None = None
    region: str | None = None
    json: str | None = None  # 'auto', 'auto ignorecase' or the s3:// URL of a jsonpaths file
    csv: bool = False
    quote: str = '"'
    delimiter: str | None = None
    escape: bool = False
    remove_quotes: bool = False
    ignore_header: int = 0  # lines per object
    ignore_blank_lines: bool = False
    fill_record: bool = False
    null_as: str = "\\N"
    manifest: bool = False
    compression: Compression | None = None
    dateformat: str | None = None
    timeformat: str | None = None
    maxerror: int = 0
    blanks_as_null: bool = False
    empty_as_null: bool = False
    truncate_columns: bool = False
    trim_blanks: bool = False
    round_decimals: bool = False
    accept_invalid_chars: str | None = None  # the replacement character
    hints: dict[str, str] = field(default_factory=dict)  # COMPUPDATE and STATUPDATE: no effect

    @property
    def format(self) -> str:
        """The format's name in SYS_LOAD_HISTORY."""
        return "json" if self.json else "csv" if self.csv else "text"

    @property
    def needs_every_value(self) -> bool:
        """Whether an option changes values, so that each value must be examined."""
        formats = {self.dateformat, self.timeformat} - {None, *KEYWORDS}
        return bool(formats) or self.trim_blanks or self.round_decimals

    @property
    def table_name(self) -> str:
        """The table's name without its schema, as in notices and errors."""
        return bare_name(self.table)


def bare_name(name: str) -> str:
    """The last part of a name, as in the catalog: unquoted names are in lower case."""
    match = _LAST_PART.search(name)
    assert match is not None
    return match[1].replace('""', '"') if match[1] is not None else match[2].strip().lower()


_LAST_PART = re.compile(r'"((?:[^"]|"")*)"$|([^".]+)$')
_S3_URL = re.compile(r"s3://[^/]+/.*|s3://[^/]+$", re.DOTALL)


class _Words:
    """The statement's tokens, consumed one by one."""

    def __init__(self, sql: str, tokens: list[Token]) -> None:
        self._sql, self._tokens, self._at = sql, tokens, 0

    def __bool__(self) -> bool:
        return self._at < len(self._tokens)

    def peek(self) -> str:
        return self._tokens[self._at].text.upper() if self else ""

    def accept(self, *words: str) -> str | None:
        """Consume and return the next word if it is one of these, else return None."""
        if self.peek() in words and self._tokens[self._at].token_type != TokenType.STRING:
            self._at += 1
            return self._tokens[self._at - 1].text.upper()
        return None

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise self._unexpected(word)

    def _take(self, what: str) -> None:
        if not self or self.is_string():
            raise self._unexpected(what)
        self._at += 1

    def _unexpected(self, what: str) -> Refused:
        near = self._tokens[self._at].text if self else "end of input"
        return Refused(f'syntax error at or near "{near}" in COPY: {what} was expected')

    def string(self, option: str) -> str:
        if not self or self._tokens[self._at].token_type != TokenType.STRING:
            raise Refused(f"syntax error in COPY: {option} takes a string in single quotes")
        self._at += 1
        return self._tokens[self._at - 1].text

    def raw_string(self, option: str) -> str:
        """A string as written, in which backslashes do not escape anything."""
        begin = self._tokens[0].start
        self.string(option)
        token = self._tokens[self._at - 1]
        written = self._sql[token.start - begin : token.end + 1 - begin]
        return written.strip("'").replace("''", "'")

    def integer(self, option: str) -> int:
        text = self.peek()
        if not text.isdigit():
            raise Refused(f"syntax error in COPY: {option} takes a number")
        self._at += 1
        return int(text)

    def is_string(self) -> bool:
        return bool(self) and self._tokens[self._at].token_type == TokenType.STRING

    def name(self) -> str:
        """A name with one or more parts, as written."""
        at = self._at
        self._take("a name")
        while self.accept("."):
            self._take("a name")
        first = self._tokens[at]
        last = self._tokens[self._at - 1]
        begin = self._tokens[0].start
        return self._sql[first.start - begin : last.end + 1 - begin]


def parse_copy(sql: str, tokens: list[Token]) -> CopyCommand:
    """Parse one COPY statement.

    :raises Refused: it is not valid, or has an option that the endpoint does not emulate.
    """
    words = _Words(sql, tokens)
    words.expect("COPY")
    table = words.name()
    columns: list[str] = []
    if words.accept("("):
        while not words.accept(")"):
            columns.append(words.name())
            if words.peek() != ")":
                words.expect(",")
    words.expect("FROM")
    if not words.is_string():
        raise Refused(
            "COPY FROM STDIN and from a file of the server are not supported",
            "Redshift's COPY reads from 's3://…'.",
        )
    source = words.string("FROM")
    if not _S3_URL.fullmatch(source):
        raise Refused(f"COPY from {source!r} is not emulated: the source must begin with s3://")
    command = CopyCommand(table=table, source=source, columns=tuple(columns))
    words.accept("WITH")
    while words:
        _option(command, words)
    _check_format(command)
    if command.iam_role is None:
        raise Refused(
            "COPY needs credentials: IAM_ROLE is missing",
            "Use IAM_ROLE default, or IAM_ROLE 'arn:aws:iam::<account>:role/<role>'.",
        )
    return command


def _option(command: CopyCommand, words: _Words) -> None:
    name = words.peek()
    option = _OPTIONS.get(name)
    if option is None or words.is_string():
        raise Refused(
            f"COPY option {name} is not emulated by the local endpoint",
            f"Supported options: {', '.join(sorted(_OPTIONS))}.",
        )
    words.accept(name)
    option(command, words)


def _iam_role(command: CopyCommand, words: _Words) -> None:
    command.iam_role = "default" if words.accept("DEFAULT") else words.string("IAM_ROLE")
    if command.iam_role != "default" and not command.iam_role.startswith("arn:aws"):
        raise Refused(f"invalid IAM_ROLE {command.iam_role!r}: expected an ARN or default")


def _region(command: CopyCommand, words: _Words) -> None:
    words.accept("AS")
    command.region = words.string("REGION")


def _format(command: CopyCommand, words: _Words) -> None:
    words.accept("AS")
    if words.accept("CSV"):
        _csv(command, words)
    elif words.accept("JSON"):
        _json(command, words)
    else:
        raise Refused(f"FORMAT {words.peek()} is not emulated", "Supported formats: CSV, JSON.")


def _json(command: CopyCommand, words: _Words) -> None:
    words.accept("AS")
    command.json = words.string("JSON") if words.is_string() else "auto"
    if command.json not in {"auto", "auto ignorecase"} and not _S3_URL.fullmatch(command.json):
        raise Refused(f"JSON {command.json!r}: expected 'auto', 'auto ignorecase' or s3://…")


def _csv(command: CopyCommand, words: _Words) -> None:
    words.accept("AS")
    command.csv = True


def _character(attribute: str) -> Callable[[CopyCommand, _Words], None]:
    """DELIMITER and QUOTE: a character, an octal number, or \\t."""

    def take(command: CopyCommand, words: _Words) -> None:
        words.accept("AS")
        text = words.string(attribute.upper())
        if text == "\\t":
            text = "\t"
        elif re.fullmatch(r"\\[0-7]{3}", text):
            text = chr(int(text[1:], 8))
        if len(text) != 1 or not text.isascii() or text in "\n\r\0":
            raise Refused(f"{attribute.upper()} takes one ASCII character")
        setattr(command, attribute, text)

    return take


def _null_as(command: CopyCommand, words: _Words) -> None:
    words.accept("AS")
    text = words.raw_string("NULL AS").replace("\\\\", "\\")
    if text in {"\\0", "\\000", "\\n"}:
        raise Refused(f"NULL AS {text!r} is not emulated by the local endpoint")
    command.null_as = text


def _check_format(command: CopyCommand) -> None:
    """Refuse options that conflict with each other or with the format."""
    if command.csv and (command.json or command.escape or command.remove_quotes):
        raise Refused("CSV cannot be used with JSON, ESCAPE or REMOVEQUOTES")
    if command.quote != '"' and not command.csv:
        raise Refused("QUOTE can be used only with CSV")
    if command.csv and command.quote == (command.delimiter or ","):
        raise Refused("QUOTE and DELIMITER must differ")
    text_only = {
        "DELIMITER": command.delimiter,
        "ESCAPE": command.escape,
        "FILLRECORD": command.fill_record,
        "IGNOREBLANKLINES": command.ignore_blank_lines,
        "IGNOREHEADER": command.ignore_header,
        "NULL AS": command.null_as != "\\N",
        "REMOVEQUOTES": command.remove_quotes,
    }
    for name, given in text_only.items():
        if command.json and given:
            raise Refused(f"{name} cannot be used with JSON")


def _moment_format(attribute: str) -> Callable[[CopyCommand, _Words], None]:
    """DATEFORMAT and TIMEFORMAT."""

    def take(command: CopyCommand, words: _Words) -> None:
        words.accept("AS")
        text = words.string(attribute.upper())
        keywords = KEYWORDS if attribute == "timeformat" else {"auto"}
        if text.lower() in keywords:
            text = text.lower()
        try:
            DateFormat.of(text)
        except UnknownFormat:
            raise Refused(f"{attribute.upper()} {text!r} is not emulated") from None
        if text in KEYWORDS - set(keywords):
            raise Refused(f"{attribute.upper()} {text!r} is not emulated")
        setattr(command, attribute, text)

    return take


def _encoding(_: CopyCommand, words: _Words) -> None:
    words.accept("AS")
    if not words.accept("UTF8"):
        raise Refused(f"ENCODING {words.peek()} is not emulated by the local endpoint")


def _credentials(*_: object) -> None:
    raise Refused(
        "COPY with AWS access keys is not emulated by the local endpoint: use IAM_ROLE",
        "Use IAM_ROLE default, or IAM_ROLE 'arn:aws:iam::<account>:role/<role>'.",
    )


def _ignore_header(command: CopyCommand, words: _Words) -> None:
    words.accept("AS")
    command.ignore_header = words.integer("IGNOREHEADER")


def _maxerror(command: CopyCommand, words: _Words) -> None:
    words.accept("AS")
    command.maxerror = words.integer("MAXERROR")
    if command.maxerror > 100_000:
        raise Refused("MAXERROR must be between 0 and 100000")


def _compression(name: Compression) -> Callable[[CopyCommand, _Words], None]:
    def take(command: CopyCommand, _: _Words) -> None:
        if command.compression not in {None, name}:
            raise Refused("COPY takes only one of GZIP, BZIP2 and ZSTD")
        command.compression = name

    return take


def _accept_invalid_chars(command: CopyCommand, words: _Words) -> None:
    words.accept("AS")
    command.accept_invalid_chars = words.string("ACCEPTINVCHARS") if words.is_string() else "?"
    if len(command.accept_invalid_chars) != 1 or not command.accept_invalid_chars.isascii():
        raise Refused("ACCEPTINVCHARS takes one ASCII character")


def _hint(name: str, *values: str) -> Callable[[CopyCommand, _Words], None]:
    def take(command: CopyCommand, words: _Words) -> None:
        command.hints[name] = words.accept(*values) or values[0]

    return take


def _switch(attribute: str) -> Callable[[CopyCommand, _Words], None]:
    def take(command: CopyCommand, _: _Words) -> None:
        setattr(command, attribute, True)

    return take


_OPTIONS: dict[str, Callable[[CopyCommand, _Words], None]] = {
    "ACCEPTINVCHARS": _accept_invalid_chars,
    "ACCESS_KEY_ID": _credentials,
    "BLANKSASNULL": _switch("blanks_as_null"),
    "BZIP2": _compression("bzip2"),
    "COMPUPDATE": _hint("COMPUPDATE", "ON", "OFF", "TRUE", "FALSE", "PRESET"),
    "CREDENTIALS": _credentials,
    "CSV": _csv,
    "DATEFORMAT": _moment_format("dateformat"),
    "DELIMITER": _character("delimiter"),
    "EMPTYASNULL": _switch("empty_as_null"),
    "ENCODING": _encoding,
    "ESCAPE": _switch("escape"),
    "FILLRECORD": _switch("fill_record"),
    "FORMAT": _format,
    "GZIP": _compression("gzip"),
    "IAM_ROLE": _iam_role,
    "IGNOREBLANKLINES": _switch("ignore_blank_lines"),
    "IGNOREHEADER": _ignore_header,
    "JSON": _json,
    "MANIFEST": _switch("manifest"),
    "MAXERROR": _maxerror,
    "NULL": _null_as,
    "QUOTE": _character("quote"),
    "REGION": _region,
    "REMOVEQUOTES": _switch("remove_quotes"),
    "ROUNDEC": _switch("round_decimals"),
    "SECRET_ACCESS_KEY": _credentials,
    "SESSION_TOKEN": _credentials,
    "STATUPDATE": _hint("STATUPDATE", "ON", "OFF", "TRUE", "FALSE"),
    "TIMEFORMAT": _moment_format("timeformat"),
    "TRIMBLANKS": _switch("trim_blanks"),
    "TRUNCATECOLUMNS": _switch("truncate_columns"),
    "ZSTD": _compression("zstd"),
}
