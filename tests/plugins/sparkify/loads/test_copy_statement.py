"""The text of a COPY."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
import sqlglot

from sparkify.loads.copy_statement import CopySettings, copy_statement

GIVEN: dict[str, Any] = {
    "table": "staging_events",
    "columns": ["artist", "ts"],
    "manifest_url": "s3://work/it's/a.manifest",
    "json": "s3://data/paths.json",
    "iam_role": "default",
    "region": "us-west-2",
    "max_errors": 11,
    "options": ["TIMEFORMAT 'epochmillisecs'", "EMPTYASNULL", "COMPUPDATE OFF"],
    "work": ("work", "sparkify"),
}


def write(**changes: Any) -> str:
    given = GIVEN | changes
    settings = CopySettings(**{field.name: given.pop(field.name) for field in fields(CopySettings)})
    return copy_statement(**given, settings=settings)


def test_it_is_a_copy_in_redshifts_grammar():
    sql = write()
    assert isinstance(sqlglot.parse_one(sql, read="redshift"), sqlglot.exp.Copy)
    assert "'s3://work/it''s/a.manifest'" in sql
    assert "maxerror 11" in sql


def test_a_role_is_named_by_its_arn():
    role = "arn:aws:iam::123456789012:role/redshift/reader"
    assert f"iam_role '{role}'" in write(iam_role=role)


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("iam_role", "aws_access_key_id=AKIA;aws_secret_access_key=x"),
        ("iam_role", "arn:aws:iam::123456789012:role/x' truncate y"),
        ("region", "us-west-2' manifest"),
        ("table", "staging_events from x"),
        ("columns", ["artist) --"]),
        ("options", ["ACCESS_KEY_ID 'x' SECRET_ACCESS_KEY 'y'"]),
        ("options", ["TIMEFORMAT 'a''b'"]),
        ("options", ["EMPTYASNULL; drop table users"]),
    ],
)
def test_values_that_could_inject_sql_are_refused(argument, value):
    with pytest.raises(ValueError, match=r"is not"):
        write(**{argument: value})
