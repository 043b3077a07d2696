"""The columns, parameters and modes in docs/coming-from-the-course.md are the project's."""

from __future__ import annotations

import inspect
import re
from typing import Any, get_args

from sparkify import operators
from sparkify.operators.load_dimension import Mode
from sparkify.tasks.defaults import WAREHOUSE_DEFAULTS
from tests.support.runs import ROOT, query

TEXT = (ROOT / "docs" / "coming-from-the-course.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading, without the table's header."""
    section = TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_each_column_is_in_its_table(warehouse: Any):
    named = {(table, here.split("`")[1]) for table, _, here in rows("The tables")}
    assert len(named) > 15
    columns = query(warehouse, "select table_name, column_name from information_schema.columns")
    assert named - {tuple(row) for row in columns} == set()


def test_each_default_of_the_page_is_that_of_the_tasks():
    stated = dict(re.findall(r"`(\w+)` is `(\w+)`\.", TEXT.split("## The operators")[0]))
    assert {"depends_on_past", "retries"} <= set(stated)
    del stated["catchup"]  # the DAG's own, see test_integrity.py
    assert stated == {name: str(WAREHOUSE_DEFAULTS[name]) for name in stated}
    for name in ("email_on_retry", "email_on_failure"):
        assert WAREHOUSE_DEFAULTS[name] is False


def test_each_parameter_is_one_of_its_operator():
    seen = []
    for rubric_item, here in rows("The operators"):
        operator = re.match(r"`(\w+Operator)`", rubric_item)
        if operator is None:
            continue
        parameters = inspect.signature(getattr(operators, operator[1])).parameters
        words = [word for word in re.findall(r"`(\w+)`", here) if word != "COPY"]
        assert set(words) <= set(parameters), operator[1]
        seen.append(operator[1])
    assert len(set(seen)) == 4


def test_the_modes_of_a_dimension_are_all_named():
    assert set(re.findall(r'`mode="(\w+)"`', TEXT)) == set(get_args(Mode))
