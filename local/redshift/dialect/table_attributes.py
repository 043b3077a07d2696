"""Distribution, sort keys and encodings of tables.

PostgreSQL does not have them. They are removed from the statement and recorded for PG_TABLE_DEF,
SVV_TABLE_INFO and SHOW TABLE (catalog/attributes.sql).

Source: Amazon Redshift's manual, "CREATE TABLE" (r_CREATE_TABLE_NEW) and "ALTER TABLE".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.tokens import Token

from local.redshift.copy.copy_command import Refused
from local.redshift.dialect.table_keys import relay_call

_ENCODINGS = frozenset({"AUTO", "RAW", "AZ64", "LZO", "ZSTD", "BYTEDICT", "RUNLENGTH"}) | {
    *("DELTA", "DELTA32K", "MOSTLY8", "MOSTLY16", "MOSTLY32", "TEXT255", "TEXT32K")
}
_STYLES = frozenset({"ALL", "AUTO", "EVEN", "KEY"})


@dataclass(slots=True)
class Attributes:
    """The distribution, sort keys, encodings and constraints that a statement declares."""

    encodings: dict[str, str | None] = field(default_factory=dict)
    distkey: str | None = None
    diststyle: str | None = None
    sort_keys: list[list[str]] = field(default_factory=list)
    interleaved: bool = False
    constraints: list[dict[str, object]] = field(default_factory=list)  # see Key.note

    def add(self, words: list[str], names: list[str], column: str) -> None:
        """Add one attribute.

        :param words: its tokens in upper case.
        :param names: the names in its parentheses.
        :param column: the column that it belongs to; "" for an attribute of the table.
        :raises Refused: the encoding or style is unknown, or there is a second distribution key.
        """
        if words[0] == "ENCODE":
            self.encodings[column.lower()] = _encoding(words[1])
        elif words[0] == "DISTSTYLE":
            if words[1] not in _STYLES:
                raise Refused(f"there is no distribution style {words[1].lower()}")
            self.diststyle = words[1]
        elif words[0] == "DISTKEY":
            if self.distkey is not None or len(names) > 1:
                raise Refused("a table has one distribution key at most")
            self.distkey = (names or [column])[0]
        elif "SORTKEY" in words and words[-1] != "AUTO":
            self.interleaved = words[0] == "INTERLEAVED"
            self.sort_keys.append(names or [column])

    def check_distkey(self, columns: list[str]) -> None:
        """Refuse a distribution key that is not a column, or conflicts with the style."""
        if self.distkey is None and self.diststyle == "KEY":
            raise Refused("DISTSTYLE KEY needs a DISTKEY")
        if self.distkey is None:
            return
        if self.diststyle not in {None, "KEY"}:
            raise Refused(f"DISTKEY does not go with DISTSTYLE {self.diststyle}")
        if self.distkey.lower() not in map(str.lower, columns):
            raise Refused(f'column "{self.distkey}" named in DISTKEY does not exist')

    def json(self) -> str:
        columns = self.sort_keys[0] if self.sort_keys else []
        if len(self.sort_keys) > 1:  # several columns are each marked SORTKEY
            columns = [key[0] for key in self.sort_keys]
        signs = [-1 if self.interleaved and place % 2 else 1 for place in range(len(columns))]
        places = {c.lower(): (at + 1) * signs[at] for at, c in enumerate(columns)}
        key = self.distkey.lower() if self.distkey else None
        style = "KEY" if key else self.diststyle
        return json.dumps(
            {
                "sortkey": places,
                "encoding": self.encodings,
                "distkey": key,
                "diststyle": style,
                "constraints": self.constraints,
            }
        )


def note_attributes(tree: exp.Create, table: exp.Table, attributes: Attributes) -> tuple[str, ...]:
    """The statement that records the attributes, including those taken over by LIKE."""
    like = tree.find(exp.LikeProperty)
    if attributes == Attributes() and like is None:
        return ()
    model = [like.this.sql("postgres")] if like is not None else []
    return (relay_call("note_attributes", table.sql("postgres"), attributes.json(), *model),)


def cut_attributes(sql: str, tokens: list[Token]) -> tuple[str, Attributes]:
    """Remove distribution, sort keys and encodings from the statement.

    sqlglot can parse only some of them.
    """
    words = [token.text.upper() for token in tokens]
    begin = tokens[0].start
    cuts: list[tuple[int, int]] = []
    attributes = Attributes()
    depth, column = 0, ""
    at = _after_name(words)
    while at < len(words) and not (depth == 0 and words[at] == "AS"):
        end = _after_attribute(words, at, depth)
        if end > at:
            cuts.append((tokens[at].start - begin, tokens[end - 1].end + 1 - begin))
            in_parentheses = "(" in words[at:end] and depth == 0
            named = tokens[words.index("(", at) + 1 : end - 1 : 2] if in_parentheses else []
            names = [token.text for token in named]
            attributes.add(words[at:end], names, column if depth else "")
            at = end
            continue
        depth += (words[at] == "(") - (words[at] == ")")
        if depth == 1 and words[at] in {"(", ","}:
            at += 1
            column = tokens[at].text
        at += 1
    for start, stop in reversed(cuts):
        sql = sql[:start] + sql[stop:]
    return sql, attributes


def alter_attributes(sql: str, tokens: list[Token]) -> list[str]:
    """The statements that record what ALTER TABLE changes."""
    words = [token.text.upper() for token in tokens]
    end = _after_name(words)
    name = sql[tokens[2].start - tokens[0].start : tokens[end - 1].end + 1 - tokens[0].start]
    changed: dict[str, object] = {}
    at = end
    while at < len(words):
        following = tokens[at + 1].text if at + 1 < len(words) else ""
        if words[at] == "COLUMN" and "ENCODE" in words[at : at + 3]:
            changed["encoding"] = {following.lower(): _encoding(words[at + 3])}
        elif words[at] == "DISTKEY":
            changed |= {"distkey": following.lower(), "diststyle": "KEY"}
        elif words[at] == "DISTSTYLE" and following.upper() != "KEY":
            changed |= {"distkey": None, "diststyle": following.upper()}
        elif words[at] == "SORTKEY":
            names = tokens[at + 2 : words.index(")", at) : 2] if following == "(" else []
            changed["sortkey"] = {n.text.lower(): place for place, n in enumerate(names, 1)}
        at += 1
    return [relay_call("alter_attributes", name, json.dumps(changed))]


def _encoding(word: str) -> str | None:
    """An encoding as PG_TABLE_DEF shows it; None if Redshift chooses it."""
    if word.upper() not in _ENCODINGS:
        raise Refused(f"there is no encoding {word.lower()}")
    return {"RAW": "none", "AUTO": None}.get(word.upper(), word.lower())


def _after_name(words: list[str]) -> int:
    """The position after the table's name."""
    at = words.index("TABLE") + 1
    if words[at : at + 3] == ["IF", "NOT", "EXISTS"]:
        at += 3
    while words[at + 1 : at + 2] == ["."]:
        at += 2
    return at + 1


def _after_attribute(words: list[str], at: int, depth: int) -> int:
    """The end of the attribute that begins at `at`; `at` itself if none begins there."""
    following = words[at + 1] if at + 1 < len(words) else ""
    match words[at]:
        case "ENCODE" if depth <= 1:
            return at + 2
        case "DISTSTYLE" | "BACKUP" if depth == 0:
            return at + 2
        case "COMPOUND" | "INTERLEAVED" if depth == 0:
            return _after_attribute(words, at + 1, depth)
        case "DISTKEY" | "SORTKEY" if depth == 0 and following == "(" and ")" in words[at:]:
            return words.index(")", at) + 1
        case "DISTKEY" | "SORTKEY" if depth <= 1:
            return at + (2 if following == "AUTO" else 1)
        case _:
            return at
