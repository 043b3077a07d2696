"""Answers as HTML: the pages in Airflow, and the report in one file.

Templates are in templates/, style and script in static/. Text from the logs is untrusted, so Jinja
escapes all of it. Only the charts, which are drawn here, are inserted unescaped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from sparkify.insights.answers import Answer
from sparkify.insights.period import Period
from sparkify.insights.reading import Insights, Trust
from sparkify.insights.verdict import judge
from sparkify.model import TABLES

HERE = Path(__file__).parent
STATIC = HERE / "static"
_SHOWN_RUNS = 24  # columns of the grid of checks
_SHOWN_RESULTS = 5  # of one check that did not pass


def insights_page(insights: Insights, *, last_day: date, error: str = "") -> str:
    """The page in Airflow."""
    return _render("insights.html.j2", shown=_shown(insights), last_day=last_day, error=error)


def report_file(insights: Insights) -> str:
    """The same content as one file, without a form and without links."""
    return _render(
        "report.html.j2",
        shown=_shown(insights),
        style=Markup((STATIC / "style.css").read_text()),  # noqa: S704 - a file of this package
        script=Markup((STATIC / "tables.js").read_text()),  # noqa: S704 - likewise
    )


def trust_page(trust: Trust) -> str:
    """The page Trust."""
    answers = trust.answers
    return _render(
        "trust.html.j2",
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
    return _render("message.html.j2", title=title, text=text)


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
    sessions = insights.answers["sessions"].records()
    return {
        "period": insights.period,
        "before": insights.period.before(),
        "answers": insights.answers,
        "charts": {name: Markup(svg) for name, svg in insights.charts.items()},  # noqa: S704 - drawn here
        "read_at": insights.read_at,
        "tiles": _tiles(now, before),
        "median_minutes": median(float(row["minutes"]) for row in sessions) if sessions else None,
        "plays_a_session": (
            sum(row["plays"] for row in sessions) / len(sessions) if sessions else None
        ),
    }


def _tiles(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Headline figures, each with its change to the period before, where that had any."""
    counts = [
        ("plays", now["plays"], before["plays"]),
        ("listeners", now["listeners"], before["listeners"]),
        ("sessions", now["sessions"], before["sessions"]),
    ]
    tiles = [
        {"name": name, "value": f"{value:,}", "change": _change(value, earlier)}
        for name, value, earlier in counts
    ]
    for name, part in (
        ("plays by paid listeners", "paid_plays"),
        ("in the catalogue", "matched_plays"),
    ):
        share, earlier = _share(now[part], now["plays"]), _share(before[part], before["plays"])
        points = None if share is None or earlier is None else 100 * (share - earlier)
        tiles.append(
            {
                "name": name,
                "value": "–" if share is None else f"{share:.1%}",
                "change": None if points is None else f"{points:+.1f} points",
            }
        )
    return tiles


def _change(value: int, earlier: int) -> str | None:
    return f"{(value - earlier) / earlier:+.1%}" if earlier else None


def _share(part: int | None, whole: int) -> float | None:
    return (part or 0) / whole if whole else None


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
    environment.filters |= {"shown": shown, "ago": ago, "moment": moment, "minute": minute}
    environment.globals |= {"task_url": task_url, "Period": Period}
    return environment


def shown(value: Any) -> str:
    """A value of a table, for people."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float() | Decimal():
            return f"{value:,.2f}".rstrip("0").rstrip(".")
        case datetime():
            return moment(value)
        case _:
            return str(value)


def moment(value: datetime | None) -> str:
    """A moment in UTC, to the second."""
    return "–" if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


def minute(value: datetime) -> str:
    """A moment in UTC, to the minute."""
    return f"{value:%Y-%m-%d %H:%M}"


def ago(age: Any) -> str:
    """How long ago: in minutes, hours or days."""
    if age is None:
        return "never"
    seconds = max(0, age.total_seconds())
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= unit:
            count = int(seconds // unit)
            return f"{count:,} {name}{'' if count == 1 else 's'} ago"
    return "just now"
