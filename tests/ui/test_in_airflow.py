"""In Airflow's UI: the form that triggers a load, the embedded pages, the log-in."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from local.stack.airflow_api import AirflowApi, ApiError, get_json
from local.stack.airflow_settings import airflow_environment
from local.stack.demo import ETL_DAG
from local.stack.processes import Identity, end
from local.stack.settings import Settings
from tests.ui.conftest import Watched

pytestmark = pytest.mark.ui

RUN_SECONDS = 60


def test_a_window_given_in_airflows_form_is_loaded_and_turns_green(
    watched: Watched, stack: Settings
):
    page = watched.open(f"/dags/{ETL_DAG}")
    page.get_by_role("button", name="Trigger Dag").click()
    form = page.get_by_role("dialog").filter(has=page.get_by_role("heading", name="Trigger Dag"))
    _pick(page, "Window start", "2018/11/05", "08:00")
    _pick(page, "Window end", "2018/11/05", "10:00")
    asked_at = datetime.now(UTC)

    form.get_by_role("button", name="Trigger", exact=True).click()

    page.wait_for_url(re.compile(rf"/dags/{ETL_DAG}/runs/manual__"))
    state = page.get_by_test_id("header-card").get_by_test_id("state-badge")
    expect(state).to_have_text("Success", timeout=RUN_SECONDS * 1000)
    newest = AirflowApi(stack.ui_url).call(
        "GET", f"dags/{ETL_DAG}/dagRuns?run_type=manual&order_by=-id&limit=1"
    )["dag_runs"][0]
    assert newest["dag_run_id"] in page.url.replace("%3A", ":").replace("%2B", "+")
    assert newest["state"] == "success"
    assert datetime.fromisoformat(newest["queued_at"]) >= asked_at
    assert {name: _moment(text) for name, text in newest["conf"].items()} == {
        "window_start": datetime(2018, 11, 5, 8, tzinfo=UTC),
        "window_end": datetime(2018, 11, 5, 10, tzinfo=UTC),
    }


def test_the_entry_in_the_navigation_opens_the_pages_in_a_frame(watched: Watched):
    page = watched.open("/")
    page.get_by_label("Sparkify", exact=True).click()
    frame = _frame(page)
    expect(frame.get_by_role("heading", name="What people listen to")).to_be_visible()
    frame.get_by_role("link", name="Listeners", exact=True).click()
    expect(frame.get_by_role("heading", name="Who listens, who stays")).to_be_visible()
    frame.get_by_role("link", name="Trust").click()
    expect(frame.get_by_role("heading", name="Can the numbers be trusted?")).to_be_visible()


def test_a_period_can_be_asked_for_and_exported_inside_of_the_frame(watched: Watched):
    page = watched.open("/plugin/sparkify")
    frame = _frame(page)
    frame.get_by_role("link", name="7 days", exact=True).click()
    expect(frame.get_by_text("2018-11-24 to 2018-11-30")).to_be_visible()
    with page.expect_download() as download:
        frame.get_by_role("link", name="CSV of Who listens more").click()
    assert download.value.suggested_filename == (
        "sparkify_plays_by_level_2018-11-24_2018-11-30.csv"
    )


@pytest.mark.parametrize("framed", [True, False], ids=["in the frame", "on its own"])
def test_a_cell_of_the_grid_leads_to_the_page_of_its_task(watched: Watched, framed: bool):
    page = watched.open("/plugin/sparkify" if framed else "/sparkify/trust")
    trust: FrameLocator | Page = page
    if framed:
        trust = _frame(page)
        trust.get_by_role("link", name="Trust").click()
    trust.get_by_role("link", name="songplays_level, failed").click()

    page.wait_for_url(re.compile(rf"/dags/{ETL_DAG}/runs/.*/tasks/load_songplays"))
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.get_by_text("load_songplays").first).to_be_visible()
    expect(page.get_by_text("Failed").first).to_be_visible()


def test_the_pages_follow_the_theme_that_is_chosen_in_airflow(watched: Watched):
    page = watched.open("/plugin/sparkify")
    expect(_frame(page).locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.reload()
    expect(_frame(page).locator("body")).to_have_css("background-color", "rgb(20, 23, 27)")


@pytest.fixture(scope="module")
def guarded(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a second API server of the stack, which requires a log-in."""
    folder = tmp_path_factory.mktemp("guarded")
    passwords = folder / "passwords.json"
    passwords.write_text(json.dumps({"ada": "northbound", "nobody": "southbound"}))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = airflow_environment(stack) | {
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "ada:viewer",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "airflow", "api-server"],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        try:
            _wait_for(url, server, folder / "log")
            yield url
        finally:
            process = Identity.of(server.pid).process()
            if process is not None:
                end([process, *process.children(recursive=True)], timeout=10)
            server.wait(timeout=10)


@pytest.mark.parametrize(
    "path",
    [
        "/sparkify/",
        "/sparkify/trust",
        "/sparkify/export/headline_listening.csv",
        "/sparkify/?days=7",
    ],
)
def test_without_a_log_in_no_number_is_visible(guarded: str, path: str):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(guarded + path, timeout=20)
    assert refused.value.code == 401
    body = refused.value.read().decode()
    assert "Log in to Airflow first" in body
    assert "6,2" not in body


def test_after_a_log_in_with_airflows_form_the_pages_are_visible(guarded: str, browser: Browser):
    context = browser.new_context(base_url=guarded)
    try:
        page = context.new_page()
        page.goto("/plugin/sparkify")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill("northbound")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_label("Sparkify", exact=True)).to_be_visible()
        page.goto("/sparkify/")
        expect(page.get_by_role("heading", name="What people listen to")).to_be_visible()
    finally:
        context.close()


def _pick(page: Page, field: str, day: str, time_of_day: str) -> None:
    """Fill one date and time field of the form with its calendar."""
    group = page.get_by_role("group").filter(has_text=field)
    group.get_by_test_id("datetime-input").click()
    calendar = page.get_by_role("dialog").filter(has=page.get_by_placeholder("YYYY/MM/DD"))
    calendar.get_by_placeholder("YYYY/MM/DD").fill(day)
    calendar.get_by_placeholder("HH:mm").fill(time_of_day)
    calendar.get_by_placeholder("HH:mm").press("Enter")
    page.keyboard.press("Escape")
    expect(calendar).to_be_hidden()


def _frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title=Sparkify]")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            get_json(f"{url}/api/v2/version", timeout=2)
        except ApiError:
            assert server.poll() is None, log.read_text()[-2000:]
            time.sleep(0.3)
        else:
            return
    pytest.fail(log.read_text()[-2000:])
