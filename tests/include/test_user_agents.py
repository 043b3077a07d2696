"""What is read from a user agent agrees with ua-parser, whose rules browsers' makers maintain."""

from __future__ import annotations

from typing import Any

import pytest
import ua_parser

from sparkify.warehouse.statements import rendered
from tests.dags.test_sparkify_etl import REAL_DATA
from tests.include.test_repaired_text import records
from tests.support.runs import query

KINDS = ("device", "operating_system", "browser")
READ = ", ".join(
    rendered(f'{{% from "macros.jinja" import {kind} %}}{{{{ {kind}("agent") }}}}')
    for kind in KINDS
)
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_COMPUTER = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/120.0.0.0 Safari/537.36"
AGENTS = [
    _COMPUTER,
    f"{_COMPUTER} Edg/120.0.0.0",
    f"{_COMPUTER} Edge/18.17763",
    f"{_COMPUTER} OPR/106.0.0.0",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_WEBKIT} Chrome/120.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 10; K) {_WEBKIT} Chrome/120.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 12; SM-X906C) {_WEBKIT} Chrome/120.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Android 14; Mobile; rv:121.0) Gecko/121.0 Firefox/121.0",
    f"Mozilla/5.0 (iPad; CPU OS 17_2 like Mac OS X) {_WEBKIT} Version/17.2 Mobile/15E Safari/604.1",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) {_WEBKIT} CriOS/120.0 Safari/604.1",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) {_WEBKIT} FxiOS/121.0 Safari/605.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:121.0) Gecko/20100101 Firefox/121.0",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
    "Opera/9.80 (X11; Linux x86_64) Presto/2.12.388 Version/12.16",
    "curl/8.5.0",
]
# How ua-parser names what has another name here.
SYSTEMS = {"Mac OS X": "macOS", "Ubuntu": "Linux"}
BROWSERS = {
    "IE": "Internet Explorer",
    "Mobile Safari": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Firefox iOS": "Firefox",
    "Firefox Mobile": "Firefox",
}


def read(warehouse: Any, agents: list[str]) -> dict[str, tuple[str, ...]]:
    query(warehouse, "create temp table agents (agent varchar(512))")
    for agent in agents:
        warehouse.cursor().execute("insert into agents values (%s)", [agent])
    rows = query(warehouse, f"select agent, {READ} from agents".replace("%%", "%"))
    return {agent: tuple(values) for agent, *values in rows}


def parsed(agent: str) -> tuple[str, str]:
    """The operating system and the browser, as ua-parser reads them."""
    found = ua_parser.parse(agent)
    system = found.os.family if found.os else "other"
    browser = found.user_agent.family if found.user_agent else "other"
    if browser == "curl":
        browser = "other"
    return SYSTEMS.get(system, system), BROWSERS.get(browser, browser)


def test_systems_and_browsers_are_those_of_ua_parser(redshift):
    assert {agent: values[1:] for agent, values in read(redshift, AGENTS).items()} == {
        agent: parsed(agent) for agent in AGENTS
    }


def test_a_device_is_a_computer_a_phone_or_a_tablet(redshift):
    devices = [values[0] for values in map(read(redshift, AGENTS).get, AGENTS) if values]
    assert devices == [
        *["computer"] * 5, "phone", "tablet", "phone", "tablet", "phone", "phone",
        *["computer"] * 3, "other",
    ]  # fmt: skip


def test_no_agent_has_no_device(redshift):
    query(redshift, "create temp table agents (agent varchar(512))")
    query(redshift, "insert into agents values (null)")
    sql = f"select {READ} from agents".replace("%%", "%")
    assert query(redshift, sql) == [(None, None, None)]


def test_all_agents_of_the_real_data_are_recognised_as_ua_parser_does(redshift):
    if not REAL_DATA.is_dir():
        pytest.skip("the real data is not on this machine")
    agents = sorted({record.get("userAgent") or "" for record in records(REAL_DATA)} - {""})
    assert len(agents) > 30
    found = read(redshift, [agent.strip('"') for agent in agents])
    assert {agent: values[1:] for agent, values in found.items()} == {
        agent: parsed(agent) for agent in found
    }
    assert not any("other" in values for values in found.values())
