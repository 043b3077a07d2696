"""Headline figures and values of tables, as people read them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sparkify.insights.answers import Answer
from sparkify.insights.texts import shown
from sparkify.insights.tiles import Figure, tiles

PLAYS, PAID = Figure("plays", "Plays"), Figure("paid", "Paid", "share", of="plays")
STICKY, MINUTES = Figure("sticky", "Sticky", "share"), Figure("minutes", "Minutes", "minutes")


@pytest.mark.parametrize(
    ("figure", "now", "before", "value", "change"),
    [
        (PLAYS, {"plays": 1200}, {"plays": 1000}, "1,200", "+20.0%"),
        (PLAYS, {"plays": Decimal("412.37")}, {"plays": 824.74}, "412", "-50.0%"),
        (PLAYS, {"plays": 0}, {"plays": 8}, "0", "-100.0%"),
        (PLAYS, {"plays": 5}, {"plays": 0}, "5", ""),
        (PLAYS, {"plays": None}, {"plays": None}, "–", ""),
        (PAID, {"paid": 4, "plays": 10}, {"paid": 1, "plays": 4}, "40\xa0%", "+15.0 points"),
        (PAID, {"paid": 1, "plays": 4}, {"paid": None, "plays": 0}, "25\xa0%", ""),
        (PAID, {"paid": None, "plays": 0}, {"paid": 1, "plays": 4}, "–", ""),
        (STICKY, {"sticky": Decimal("0.468")}, {"sticky": 0.5}, "46.8\xa0%", "-3.2 points"),
        (MINUTES, {"minutes": Decimal("12.50")}, {"minutes": 10}, "12.5", "+2.5 minutes"),
        (MINUTES, {"minutes": 3}, {"minutes": None}, "3.0", ""),
    ],
)
def test_a_figure_has_its_change_where_there_is_something_to_compare_with(
    figure: Figure, now: dict[str, Any], before: dict[str, Any], value: str, change: str
):
    (tile,) = tiles([figure], now, before)
    assert (tile.label, tile.value, tile.change) == (figure.label, value, change)


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (Decimal("0.4000"), "share", "40\xa0%"),
        (Decimal("0.0468"), "paid_share", "4.7\xa0%"),
        (1, "stickiness", "100\xa0%"),
        (0, "stickiness", "0\xa0%"),
        (None, "share", "–"),
        (Decimal("0.40"), "hours", "0.4"),
        (100, "plays", "100"),
        (Decimal(1200), "plays", "1,200"),
        (True, "fresh", "yes"),
    ],
)
def test_a_share_is_shown_in_per_cent_and_a_number_without_noise(value, column, text):
    assert shown(value, column) == text


def test_numbers_of_a_csv_are_plain():
    row = (Decimal("0.4000"), Decimal("600.0"), Decimal("1E+3"), Decimal("0.00"), 1200, None)
    answer = Answer("n", "?", tuple("abcdef"), (row,))
    assert answer.as_csv().splitlines()[1] == "0.4,600,1000,0,1200,"
