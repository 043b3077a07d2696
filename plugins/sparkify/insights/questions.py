"""The tabs of the page, and how each question of include/sql/insights is shown there.

A question is one file, include/sql/insights/NAME.sql, and one entry in TABS. The first comment in
the file is its heading. It is also a view, a CSV file, and part of the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sparkify.insights.chart_frame import Spec, capital, words
from sparkify.insights.charts_by_category import bars, by_hour, cohorts, funnel, histogram
from sparkify.insights.charts_by_day import (
    lines_by_day,
    share_by_day,
    stacked_by_day,
    stacked_columns_by_day,
)
from sparkify.insights.tiles import Figure


@dataclass(frozen=True, slots=True)
class Question:
    """How the answer to a question is shown.

    :param limit: the most rows that a page reads. A chart over time needs all of them.
    :param labels: the headings of the table's columns; a column without one is not shown.
    :param bar: the column with bars behind its numbers.
    :param folded: the table is folded away below the chart.
    """

    limit: int
    labels: Mapping[str, str]
    bar: str = ""
    chart: Spec | None = None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: the statement and the figures of its headline, and its questions."""

    title: str
    heading: str
    headline: str
    figures: tuple[Figure, ...]
    questions: Mapping[str, Question]


_DAYS, _LIST = 1200, 50
_WEEKS = _DAYS // 7 + 1


def _labels(columns: str, **others: str) -> dict[str, str]:
    """A heading for each of the columns: its name in words, unless there is another."""
    return {name: others.get(name, capital(words(name))) for name in columns.split()}


TABS = {
    "listening": Tab(
        "Listening",
        "What people listen to",
        "headline_listening",
        (
            Figure("plays", "Plays"),
            Figure("hours", "Hours"),
            Figure("listeners", "Listeners"),
            Figure("sessions", "Sessions"),
            Figure("paid_plays", "Plays by paid listeners", "share", of="plays"),
        ),
        {
            "plays_by_day": Question(
                limit=5 * _DAYS,
                labels=_labels("day level plays listeners hours"),
                chart=stacked_by_day("hours", by="level"),
                folded=True,
            ),
            "plays_by_hour": Question(
                limit=7 * 24,
                labels=_labels("weekday hour plays listeners", weekday="Weekday (0 is Sunday)"),
                chart=by_hour,
                folded=True,
            ),
            "most_played_songs": Question(
                limit=_LIST, labels=_labels("title artist plays listeners"), bar="plays"
            ),
            "most_played_artists": Question(
                limit=_LIST, labels=_labels("artist songs plays listeners"), bar="plays"
            ),
            "plays_by_location": Question(
                limit=_LIST,
                labels=_labels(
                    "location plays listeners hours top_title top_artist",
                    top_title="Most played",
                    top_artist="By",
                ),
                bar="plays",
            ),
            "top_songs_by_hour": Question(
                limit=24, labels=_labels("hour title artist plays", hour="Hour, UTC"), bar="plays"
            ),
            "plays_by_level": Question(
                limit=20,
                labels=_labels(
                    "level plays matched_plays listeners hours", matched_plays="In the catalogue"
                ),
                bar="plays",
            ),
        },
    ),
    "listeners": Tab(
        "Listeners",
        "Who listens, who stays and who pays",
        "headline_listeners",
        (
            Figure("listeners", "Listeners"),
            Figure("new_listeners", "New listeners"),
            Figure("stickiness", "Stickiness", "share"),
            Figure("median_minutes", "Median minutes of a session", "minutes"),
            Figure("upgrades", "Upgrades"),
        ),
        {
            "active_listeners": Question(
                limit=_DAYS,
                labels=_labels("day daily weekly monthly stickiness"),
                chart=lines_by_day(
                    {"daily": "daily", "weekly": "weekly", "monthly": "monthly"}, "listeners"
                ),
                folded=True,
            ),
            "listeners_by_day": Question(
                limit=_DAYS,
                labels=_labels(
                    "day new_listeners returning_listeners",
                    new_listeners="New",
                    returning_listeners="Returning",
                ),
                chart=stacked_columns_by_day(
                    {"new_listeners": "new", "returning_listeners": "returning"}, "listeners"
                ),
                folded=True,
            ),
            "retention": Question(
                limit=_WEEKS * (_WEEKS + 1) // 2,  # each first week with all weeks after it
                labels=_labels(
                    "cohort_week cohort_listeners week_number listeners share",
                    cohort_week="First week",
                    cohort_listeners="In the first week",
                    week_number="Weeks later",
                ),
                chart=cohorts,
                folded=True,
            ),
            "session_lengths": Question(
                limit=20,
                labels=_labels("minutes sessions visits", sessions="App sessions"),
                chart=histogram(
                    "minutes", {"sessions": "app sessions", "visits": "visits"}, x_title="Minutes"
                ),
                folded=True,
            ),
            "plan_changes": Question(
                limit=10,
                labels=_labels("page views listeners share"),
                chart=funnel,
                folded=True,
            ),
            "pages": Question(
                limit=_LIST,
                labels=_labels("page views share listeners sessions errors"),
                chart=bars("page", "views"),
                folded=True,
            ),
            "listener_segments": Question(
                limit=10,
                labels=_labels(
                    "segment listeners weekend_listeners plays hours",
                    weekend_listeners="At weekends",
                ),
                chart=bars("segment", "listeners"),
            ),
            "listeners_by_gender": Question(
                limit=10,
                labels=_labels("gender listeners plays hours paid_share", paid_share="Paid plays"),
                chart=bars("gender", "listeners"),
            ),
            "devices": Question(
                limit=_LIST,
                labels=_labels(
                    "device operating_system browser listeners views share",
                    operating_system="System",
                ),
                bar="views",
            ),
            "sessions": Question(
                limit=_LIST,
                labels=_labels(
                    "user_id started_at minutes plays",
                    user_id="Listener",
                    started_at="Started, UTC",
                ),
                bar="minutes",
            ),
            "conversions": Question(
                limit=200,
                labels=_labels(
                    "user_id converted_at plays_before",
                    user_id="Listener",
                    converted_at="First paid play, UTC",
                ),
            ),
            "gone_listeners": Question(
                limit=_LIST,
                labels=_labels(
                    "user_id level last_seen days_gone last_page plays errors plan_views",
                    user_id="Listener",
                    last_seen="Last seen, UTC",
                    plan_views="Views of plans",
                ),
            ),
        },
    ),
    "catalogue": Tab(
        "Catalogue",
        "What is in the catalogue",
        "headline_catalogue",
        (
            Figure("plays", "Plays"),
            Figure("songs", "Songs"),
            Figure("artists", "Artists"),
            Figure("matched_plays", "Plays in the catalogue", "share", of="plays"),
            Figure("repaired_matches", "More with repaired names"),
        ),
        {
            "catalogue_coverage": Question(
                limit=_DAYS,
                labels=_labels(
                    "day plays matched_plays share repaired_matches",
                    matched_plays="In the catalogue",
                    repaired_matches="More with repaired names",
                ),
                chart=share_by_day("share", "Plays in the catalogue"),
                folded=True,
            ),
            "unmatched_songs": Question(
                limit=_LIST, labels=_labels("title artist plays listeners"), bar="plays"
            ),
            "damaged_text": Question(
                limit=_LIST,
                labels=_labels(
                    "column_name text_logged text_repaired plays",
                    column_name="Column",
                    text_logged="As logged",
                    text_repaired="Repaired",
                ),
            ),
        },
    ),
}
QUESTIONS = {name: question for tab in TABS.values() for name, question in tab.questions.items()}
