"""The declarations of tabs and questions agree with their SQL."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from sparkify.insights.answers import insights
from sparkify.insights.questions import QUESTIONS, TABS
from sparkify.insights.reading import read_insights
from sparkify.insights.selection import InvalidSelection, Selection
from sparkify.warehouse.session import Warehouse

WEEK = Selection(date(2018, 11, 4), date(2018, 11, 10))


@pytest.fixture
def session(plays: Any, connections: None) -> Any:
    with Warehouse.connect("redshift_default") as warehouse, warehouse.read_only():
        yield warehouse


@pytest.mark.parametrize("tab", TABS)
def test_headings_bars_and_figures_are_of_columns_that_the_answers_have(session, tab):
    answers = dict(insights(session, tab, WEEK))
    assert 3 <= len(TABS[tab].figures) <= 5
    for figure in TABS[tab].figures:
        assert {figure.column, figure.of} - {""} <= set(answers["headline"].columns)
    for name, question in TABS[tab].questions.items():
        assert set(question.labels) <= set(answers[name].columns), name
        assert question.bar in {*question.labels, ""}, name
        assert question.labels, f"{name} shows nothing"


@pytest.mark.parametrize("tab", TABS)
def test_each_chart_can_be_drawn_of_its_answer(session, tab):
    read = read_insights(session, tab, WEEK)
    declared = {name for name, question in TABS[tab].questions.items() if question.chart}
    assert read.charts.keys() == {name for name in declared if read.answers[name].rows}
    assert all("<title>" in drawing.narrow for drawing in read.charts.values())


def test_charts_over_time_have_room_for_the_longest_period():
    with pytest.raises(InvalidSelection, match="days are too many"):
        Selection(date(2018, 1, 1), date(2018, 1, 1) + timedelta(days=1100))
    by_day = ("plays_by_day", "active_listeners", "listeners_by_day", "catalogue_coverage")
    assert all(QUESTIONS[name].limit >= 1100 for name in by_day)
    weeks = 1100 // 7 + 1
    assert QUESTIONS["retention"].limit >= sum(range(1, weeks + 1))


def test_each_question_is_in_one_tab():
    assert len(QUESTIONS) == sum(len(tab.questions) for tab in TABS.values())
