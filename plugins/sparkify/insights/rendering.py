"""Answers as HTML: the pages in Airflow, and the report in one file.

Templates are in templates/, style and script in static/. Text from the logs is untrusted, so Jinja
escapes all of it. Only the charts, which are drawn here, are inserted unescaped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from sparkify.insights import texts
from sparkify.insights.answers import Answer
from sparkify.insights.questions import TABS
from sparkify.insights.reading import Insights, Trust
from sparkify.insights.selection import Available
from sparkify.insights.tiles import tiles
from sparkify.insights.verdict import judge
from sparkify.model import TABLES

HERE = Path(__file__).parent
STATIC = HERE / "static"
_SHOWN_RUNS = 24  # columns of the grid of checks
_SHOWN_RESULTS = 5  # of one check that did not pass


def insights_page(insights: Insights, available: Available, *, error: str = "") -> str:
    """One tab of the page in Airflow."""
    return _render(
        "insights.html.j2",
        page=insights.tab,
        query=insights.selection.query(),
        shown=_shown(insights),
        available=available,
        error=error,
    )


def report_file(tabs: Sequence[Insights]) -> str:
    """The tabs, one after the other, as one file without a form and without links."""
    return _render(
        "report.html.j2",
        tabs=[_shown(insights) for insights in tabs],
        style=_static("style.css"),
        scripts=[_static("tables.js"), _static("charts.js")],
    )


def trust_page(trust: Trust, *, query: str = "") -> str:
    """The page Trust.

    :param query: the query string of the other tabs, to which its links lead back.
    """
    answers = trust.answers
    return _render(
        "trust.html.j2",
        page="trust",
        query=query,
        answers=answers,
        read_at=trust.read_at,
        verdict=judge(answers, trust.unsettled, trust.not_compared),
        open_failures=[_with_sample(row) for row in answers["open_failures"].records()],
        unsettled=trust.unsettled,
        not_compared=trust.not_compared,
        fresh=[_freshness(row, trust.read_at) for row in answers["freshness"].records()],
        grid=check_grid(answers["check_results"]),
        broken=_broken_rules(answers["check_results"]),
    )


def message_page(title: str, text: str) -> str:
    """A page that says why there is no other."""
    return _render("message.html.j2", page="", query="", title=title, text=text)


def tab_path(tab: str) -> str:
    """Where a tab is, below the page; the first is the page itself."""
    return "" if tab == next(iter(TABS)) else tab


def check_grid(results: Answer) -> dict[str, Any]:
    """Checks by table and run, the newest run first: `runs`, and of each check its `cells`."""
    records = results.records()
    runs: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in records:
        runs.setdefault((row["dag_id"], row["run_id"], row["window_start"]), row)
    keys = list(runs)[:_SHOWN_RUNS]
    by_check: dict[str, dict[tuple[Any, ...], Any]] = {}
    for row in reversed(records):  # the newest attempt of a run is kept
        key = (row["dag_id"], row["run_id"], row["window_start"])
        by_check.setdefault(row["check_name"], {})[key] = row
    return {
        "runs": [runs[key] for key in keys],
        "tables": _by_table(
            [
                {"name": name, "cells": [cells.get(key) for key in keys]}
                for name, cells in sorted(by_check.items(), key=_worst_first)
            ]
        ),
    }


def _by_table(checks: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Group checks by the table that their names begin with, the others at the end."""
    names = sorted((table.name for table in TABLES), key=len, reverse=True)
    groups: dict[str, list[dict[str, Any]]] = {table.name: [] for table in TABLES}
    groups["several tables"] = []
    for check in checks:
        owner = next((name for name in names if check["name"].startswith(f"{name}_")), None)
        groups[owner or "several tables"].append(check)
    return {name: group for name, group in groups.items() if group}


def _worst_first(check: tuple[str, Mapping[Any, Mapping[str, Any]]]) -> tuple[int, str]:
    name, cells = check
    order = ("failed", "warned", "passed")
    return min(order.index(cell["status"]) for cell in cells.values()), name


def task_url(row: Mapping[str, Any]) -> str:
    """Where Airflow shows the task that a row was written by."""
    dag, run, task = (quote(str(row[name]), safe="") for name in ("dag_id", "run_id", "task_id"))
    return f"/dags/{dag}/runs/{run}/tasks/{task}"


def _broken_rules(results: Answer) -> dict[str, list[dict[str, Any]]]:
    """The results that did not pass, by check, the newest first."""
    broken: dict[str, list[dict[str, Any]]] = {}
    for row in results.records():
        if row["status"] != "passed":
            broken.setdefault(row["check_name"], []).append(_with_sample(row))
    return {name: rows[:_SHOWN_RESULTS] for name, rows in broken.items()}


def _with_sample(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"rows": json.loads(row["sample_rows"] or "[]")[:3]}


def _freshness(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Add the time since the last load, and the state: `empty`, `stale` or `loaded`."""
    loaded = row["last_loaded"]
    age = now - loaded.replace(tzinfo=UTC) if loaded else None
    state = "stale" if row["fresh"] not in (None, "passed") else "loaded"
    return row | {"age": age, "state": state if row["data_up_to"] else "empty"}


def _shown(insights: Insights) -> dict[str, Any]:
    """What the templates ask for."""
    (now,) = insights.answers["headline"].records()
    (before,) = insights.answers["headline_before"].records()
    tab = TABS[insights.tab]
    return {
        "tab": tab,
        "path": tab_path(insights.tab),
        "selection": insights.selection,
        "answers": insights.answers,
        "charts": {
            name: {"wide": Markup(drawn.wide), "narrow": Markup(drawn.narrow)}  # noqa: S704 - drawn here
            for name, drawn in insights.charts.items()
        },
        "read_at": insights.read_at,
        "tiles": tiles(tab.figures, now, before),
    }


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(texts, name) for name in ("shown", "ago", "moment", "minute")
    }
    environment.globals |= {"task_url": task_url, "tab_path": tab_path, "TABS": TABS}
    return environment


def _static(name: str) -> Markup:
    return Markup((STATIC / name).read_text())  # noqa: S704 - a file of this package
