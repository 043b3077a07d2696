"""Parses Redshift SQL and writes PostgreSQL SQL, with sqlglot.

`RedshiftSql` is sqlglot's Redshift dialect, except that a function call stays a name with
arguments. sqlglot would replace many calls with similar PostgreSQL functions whose results differ
(DATEDIFF rounds elapsed time, LISTAGG loses its order).
"""

from __future__ import annotations

import logging
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.redshift import Redshift
from sqlglot.generators.postgres import PostgresGenerator
from sqlglot.parsers.redshift import RedshiftParser

from local.redshift.copy.copy_command import Refused

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # "falling back to a Command" is expected

# Calls whose arguments are not a plain list of expressions.
_SPECIAL_CALLS = frozenset(
    {"CAST", "CONVERT", "DECODE", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "TRY_CAST"}
)


class RedshiftSql(Redshift):
    """Redshift's SQL as clients send it."""

    # Clients' catalog queries use arrays, and types such as pg_catalog.regtype.
    INDEX_OFFSET = 1
    SUPPORTS_USER_DEFINED_TYPES = True

    class Parser(RedshiftParser):
        FUNCTIONS: ClassVar[dict] = {}
        FUNCTION_PARSERS: ClassVar[dict] = {
            name: RedshiftParser.FUNCTION_PARSERS[name] for name in _SPECIAL_CALLS
        }
        NO_PAREN_FUNCTION_PARSERS: ClassVar[dict] = {
            **RedshiftParser.NO_PAREN_FUNCTION_PARSERS,
            "APPROXIMATE": lambda self: self._parse_function(),
        }


class PostgresSql(Postgres):
    """PostgreSQL's SQL with standard_conforming_strings off."""

    class Generator(PostgresGenerator):
        def literal_sql(self, expression: exp.Literal) -> str:
            if "\0" in expression.this:
                raise Refused("a string with the character 0 is not supported")
            text = super().literal_sql(expression)
            if expression.is_string and "\\" in text:
                return "E" + text.replace("\\", "\\\\")
            return text


def read(sql: str) -> exp.Expr:
    """The syntax tree of one statement.

    :raises sqlglot.errors.SqlglotError: it cannot be parsed.
    """
    return sqlglot.parse_one(sql, read=RedshiftSql)


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of a function in the schema `redshift_catalog`."""
    function = exp.Anonymous(this=name, expressions=list(arguments))
    return exp.Dot(this=exp.to_identifier("redshift_catalog"), expression=function)


def write(tree: exp.Expr) -> str:
    """The statement for PostgreSQL."""
    return tree.sql(PostgresSql, copy=False)
