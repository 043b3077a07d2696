"""The pages: who has access, which parameters are valid, and what is shown without data."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from airflow.api_fastapi.core_api import security
from fastapi import HTTPException
from fastapi.testclient import TestClient

from sparkify.insights import answers
from sparkify.insights.answers import TRUST
from sparkify.insights.app import make_app
from sparkify.insights.questions import QUESTIONS
from sparkify.insights.reading import Reader
from sparkify.model import TABLES
from tests.support.runs import query


class SomeUser:
    """The logged-in user, for the auth manager."""


@pytest.fixture
def auth(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replaces Airflow's log-in; the pages use Airflow's own dependency for it."""
    expected: dict[str, Any] = {"user": SomeUser(), "allowed": True, "requests": []}

    class Manager:
        def is_authorized_dag(self, **request: Any) -> bool:
            expected["requests"].append((request["method"], request["details"].id, request["user"]))
            return bool(expected["allowed"])

    monkeypatch.setattr(security, "get_auth_manager", Manager)
    monkeypatch.setattr(security.DagModel, "get_team_name", lambda dag_id: None)
    return expected


@pytest.fixture
def client(auth: dict[str, Any], connections: None, s3: Any, bucket: str) -> Iterator[TestClient]:
    app = make_app(Reader("redshift_default", lambda: (s3, bucket)))

    def user() -> Any:
        if auth["user"] is None:
            raise HTTPException(401, "Not authenticated")
        return auth["user"]

    app.dependency_overrides[security.get_user] = user
    with TestClient(app) as client:
        yield client


PAGES = [
    "/",
    "/listeners",
    "/catalogue",
    "/trust",
    "/export/plays_by_day.svg",
    "/export/headline_listening.csv",
]


@pytest.mark.parametrize("path", PAGES)
def test_without_a_log_in_there_is_no_access(client, auth, plays, path):
    auth["user"] = None
    answer = client.get(path)
    assert answer.status_code == 401
    assert "Log in to Airflow first" in answer.text
    assert "Lanterns" not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_without_access_to_the_dag_there_is_no_access(client, auth, plays, path):
    auth["allowed"] = False
    assert client.get(path).status_code == 403
    assert auth["requests"] == [("GET", "sparkify_etl", auth["user"])]


def test_without_a_period_the_last_thirty_days_with_data_are_shown(client, plays):
    page = client.get("/").text
    assert 'name="first" value="2018-10-14"' in page
    assert 'name="last" value="2018-11-12"' in page
    assert re.search(r'Plays</p>\s*<p class="value">7<', page)


def test_a_chosen_period_is_shown_with_its_change_to_the_one_before(client, plays):
    page = client.get("/", params={"first": "2018-11-06", "last": "2018-11-07"}).text
    assert re.search(r'<p class="value">3</p>\s*<p class="change">\+0\.0% from the 2 days', page)
    page = client.get("/", params={"first": "2018-11-06", "last": "2018-11-06"}).text
    assert "+200.0% from the day before" in page


def test_a_filter_changes_the_figures_and_is_named(client, plays):
    page = client.get("/", params={"level": "paid", "location": "London"}).text
    assert re.search(r'Plays</p>\s*<p class="value">2<', page)
    assert "level <strong>paid</strong>, location <strong>London</strong>" in page
    assert '<option value="London" selected>London</option>' in page


def test_a_location_is_sent_as_it_is_logged(client, plays):
    # Browsers send the text of an option without a value with its spaces made one.
    query(plays, "update songplays set location = 'New  York' where location = 'London'")
    assert '<option value="New  York">' in client.get("/").text


def test_a_change_compares_plays_of_the_same_filters(client, plays):
    asked = {"first": "2018-11-06", "last": "2018-11-06", "level": "paid"}
    assert "+100.0% from the day before" in client.get("/", params=asked).text
    page = client.get("/", params=asked | {"location": "London"}).text
    assert re.search(r'Plays</p>\s*<p class="value">2</p>\s*</div>', page)


def test_links_keep_the_period_and_the_filters(client, plays):
    asked = {"first": "2018-11-04", "last": "2018-11-10", "level": "free", "location": "Zürich"}
    for path in ("/", "/listeners", "/catalogue", "/trust"):
        page = client.get(path, params=asked).text
        links = [urlsplit(html.unescape(link)) for link in re.findall(r'href="(\S+\?[^"]+)"', page)]
        assert {"./", "./listeners", "./catalogue", "./trust"} <= {link.path for link in links}
        for link in links:
            kept = dict(parse_qsl(link.query))
            assert kept.pop("level") == "free"
            assert kept.pop("location") == "Zürich"
            assert set(kept) in ({"first", "last"}, {"days"}), link


def test_a_tab_reads_its_own_questions_alone(client, plays, monkeypatch):
    read: list[str] = []
    original = answers.ask
    monkeypatch.setattr(
        answers,
        "ask",
        lambda warehouse, folder, name, *more: (
            read.append(name) or original(warehouse, folder, name, *more)
        ),
    )
    client.get("/catalogue")
    assert sorted(set(read)) == sorted(answers.TABS["catalogue"])


def test_without_anything_before_there_is_no_change(client, plays):
    page = client.get("/", params={"first": "2018-11-04", "last": "2018-11-10"}).text
    assert re.search(r'Plays</p>\s*<p class="value">6</p>\s*</div>', page)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"level": "family"}, "no play has the level &#39;family&#39;"),
        ({"location": "Atlantis"}, "no play has the location &#39;Atlantis&#39;"),
        ({"first": "2018-11-31", "last": "2018-12-01"}, "is not a date"),
        ({"first": "2018-11-05"}, "needs its first day and its last"),
        ({"first": "2018-11-05", "last": "2018-11-04"}, "is after the last"),
        ({"first": "1999-01-01", "last": "2018-11-04"}, "days are too many"),
        ({"first": "9999-01-01", "last": "9999-01-02"}, "is not between"),
        ({"first": "<script>alert(1)", "last": "2018-11-04"}, "&lt;script&gt;"),
    ],
)
def test_an_invalid_period_or_filter_is_reported_and_the_default_is_shown(
    client, plays, parameters, message
):
    answer = client.get("/", params=parameters)
    assert answer.status_code == 400
    assert message in answer.text
    assert "<script>alert" not in answer.text
    assert 'name="last" value="2018-11-12"' in answer.text


def test_names_from_the_logs_are_text_and_nothing_else(client, plays):
    query(plays, "update songplays set song = '<img src=x onerror=alert(1)>', artist = '\"><b>'")
    page = client.get("/").text
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


@pytest.mark.parametrize("name", ["most_played_songs", "sessions"])
def test_a_table_is_exported_as_csv(client, plays, name):
    answer = client.get(f"/export/{name}.csv", params={"first": "2018-11-04", "last": "2018-11-10"})
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="sparkify_{name}_2018-11-04_2018-11-10.csv"'
    )
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [int(row["plays"]) for row in rows] == {"sessions": [3, 1, 2]}.get(name, [3, 2, 1])


@pytest.mark.parametrize("name", answers.INSIGHTS)
def test_numbers_of_an_export_have_no_noise(client, plays, name):
    answer = client.get(f"/export/{name}.csv", params={"first": "2018-11-01", "last": "2018-11-30"})
    assert re.findall(r"\d+\.\d{5,}|\.\d*0(?=[,\r])|\dE[+-]?\d", answer.text) == []


@pytest.mark.parametrize("name", [name for name, shown in QUESTIONS.items() if shown.chart])
def test_a_chart_is_exported_as_a_picture(client, plays, name):
    answer = client.get(f"/export/{name}.svg", params={"first": "2018-11-04", "last": "2018-11-10"})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert f"sparkify_{name}_2018-11-04_2018-11-10.svg" in answer.headers["content-disposition"]
    assert answers.question_of("insights", name).split()[0] in answer.text


def test_a_question_without_a_chart_has_no_picture(client, plays):
    assert client.get("/export/most_played_songs.svg").status_code == 404


def test_shares_are_shown_in_per_cent_and_exported_as_numbers(client, plays):
    asked = {"first": "2018-11-04", "last": "2018-11-04"}
    assert ">50\xa0%</td>" in client.get("/catalogue", params=asked).text
    assert ",0.5,1\r" in client.get("/export/catalogue_coverage.csv", params=asked).text


@pytest.mark.parametrize("name", [name for name in TRUST if name != "checked_up_to"])
def test_each_table_of_trust_is_exported_as_csv(client, plays, name):
    for link in re.findall(r'href="(export/trust/[^"]+)"', client.get("/trust").text):
        assert client.get(f"/{link}").status_code == 200
    answer = client.get(f"/export/trust/{name}.csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == (1 + len(TABLES) if name == "freshness" else 1)


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fload%2fusers", "headline;drop"])
def test_only_insights_can_be_exported(client, plays, name):
    assert client.get(f"/export/{name}.csv").status_code == 404


@pytest.mark.parametrize("file", ["headline_listening.csv", "plays_by_day.svg"])
def test_an_invalid_period_or_filter_of_an_export_is_an_error(client, plays, file):
    answer = client.get(f"/export/{file}", params={"first": "x", "last": "y"})
    assert (answer.status_code, "is not a date" in answer.text) == (400, True)
    answer = client.get(f"/export/{file}", params={"level": "family"})
    assert (answer.status_code, "no play has the level" in answer.text) == (400, True)


def test_an_export_has_the_filters_of_the_page(client, plays):
    answer = client.get("/export/headline_listening.csv", params={"location": "Paris"})
    assert "_filtered.csv" in answer.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert row["plays"] == "2"


def test_an_answer_is_kept_for_a_minute(client, plays):
    client.get("/")
    query(plays, "delete from songplays")
    assert "The Lanterns" in client.get("/").text


def test_without_a_play_the_page_says_what_to_do(client, warehouse):
    answer = client.get("/")
    assert (answer.status_code, "Trigger the DAG sparkify_etl" in answer.text) == (404, True)
    assert client.get("/trust").status_code == 200


def test_without_tables_the_page_says_what_to_do(client, redshift):
    answer = client.get("/")
    assert (answer.status_code, "run the DAG sparkify_create_tables" in answer.text) == (503, True)


def test_without_a_warehouse_the_page_says_so_and_no_secret(client, monkeypatch):
    from airflow.providers.amazon.aws.hooks.redshift_sql import RedshiftSQLHook

    monkeypatch.setattr(RedshiftSQLHook.get_conn.retry, "sleep", lambda _: None)
    expected = {"conn_type": "redshift", "host": "127.0.0.1", "port": 1, "login": "awsuser"}
    expected |= {"password": "canary-of-the-page", "schema": "dev", "extra": {"ssl": False}}
    monkeypatch.setenv("AIRFLOW_CONN_REDSHIFT_DEFAULT", json.dumps(expected))
    answer = client.get("/")
    assert answer.status_code == 503
    assert "The warehouse could not be read" in answer.text
    assert "canary" not in answer.text


def test_trust_shows_checks_in_their_colours_and_leads_to_the_log(client, warehouse):
    query(
        warehouse,
        "insert into quality_results (dag_id, run_id, task_id, check_name, severity, status,"
        " failing_rows, sample_rows, checked_at, window_start) values ('sparkify_etl',"
        " 'manual__1+0', 'check_quality', 'users_level', 'error', 'failed', 1,"
        ' \'[{"user_id": "7"}]\','
        " '2018-11-05 10:00', '2018-11-05 09:00')",
    )
    page = client.get("/trust").text
    assert 'class="cell failed"' in page
    assert 'href="/dags/sparkify_etl/runs/manual__1%2B0/tasks/check_quality"' in page
    assert "user_id: 7" in page


def test_trust_shows_what_became_of_the_rows_of_a_load(client, warehouse):
    query(
        warehouse,
        "insert into load_ledger (load_id, table_name, object_key, etag, rows_read, rows_staged,"
        " rows_outside, loaded_at) values (1, 'staging_events', 'k', 'e', 1234, 234, 1000,"
        " '2018-11-05')",
    )
    page = client.get("/trust").text
    for heading in ("Outside window", "Misplaced", "Identical", "Conflicting"):
        assert f">{heading}</th>" in page
    assert ">1,000</td>" in page


@pytest.mark.parametrize("path", PAGES[:4])
def test_a_page_makes_no_request_to_another_machine(client, plays, path):
    answer = client.get(path)
    assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    for file in re.findall(r'(?:src|href)="(static/[^"]+)"', answer.text):
        assert client.get(f"/{file}").status_code == 200
