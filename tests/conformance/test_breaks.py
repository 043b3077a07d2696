"""Each probe reports "differs" when the endpoint lacks the behaviour that the probe checks.

Each test breaks one behaviour in an endpoint that runs in this process (see breaks.py).
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from conformance.probes import all_probes, copy_account
from conformance.running import Result, run_probes
from conformance.target import Target
from local.redshift.copy.objects import ObjectStore
from local.redshift.database import DATABASE
from local.redshift.server import RedshiftEndpoint
from local.s3 import REGION
from tests.conformance.breaks import BREAKS, planning
from tests.conftest import data_folder

PROBES = {probe.name: probe for probe in all_probes()}


@pytest.fixture(scope="module")
def running(s3_endpoint: str) -> Iterator[RedshiftEndpoint]:
    """An endpoint in a thread of this process, so that tests can replace its functions."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def in_thread(coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    store = ObjectStore(endpoint_url=s3_endpoint, region=REGION)
    started = RedshiftEndpoint(data_dir=data_folder() / "data", store=store, port=0)
    try:
        in_thread(started.start())
        try:
            yield started
        finally:
            in_thread(started.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="module")
def endpoint(running: RedshiftEndpoint) -> Any:
    """The endpoint's address, for the connection fixtures."""
    return SimpleNamespace(host=running.host, port=running.port, user="awsuser", dbname=DATABASE)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait only briefly for system views: a broken view never shows the load."""
    monkeypatch.setattr(copy_account, "PATIENCE", 1.0)


def look(target: Target, probe: str) -> Result:
    planning._plans.cache_clear()  # a plan from before the break, or from during it
    (result,) = run_probes([PROBES[probe]], target, lambda _: None)
    return result


def set_level(endpoint: Any, level: str) -> None:
    address = f"host={endpoint.host} port={endpoint.port} user={endpoint.user} dbname={DATABASE}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"alter database {DATABASE} isolation level {level}")


@pytest.mark.parametrize("name", BREAKS)
def test_a_probe_differs_while_its_behaviour_is_broken_and_only_then(
    running: RedshiftEndpoint, endpoint: Any, target: Target, name: str
):
    broken = BREAKS[name]
    set_level(endpoint, broken.isolation)
    before = look(target, broken.probe)
    with broken.breaking(running):
        during = look(target, broken.probe)
    after = look(target, broken.probe)
    assert (before.status, during.status, after.status) == ("holds", "differs", "holds"), (
        before.saw,
        during.saw,
        after.saw,
    )
    assert re.search(broken.sees, during.saw), during.saw


@pytest.mark.parametrize("level", ["serializable", "snapshot"])
def test_the_probe_of_isolation_sees_what_alter_database_has_set(endpoint, target, level: str):
    set_level(endpoint, level)
    seen = look(target, "the_isolation_level_is_as_declared")
    assert seen.status == "holds"
    assert seen.saw.startswith(f"behaves as {level.upper()}")


def test_there_are_many_breaks_of_different_behaviours():
    """With an empty list, the test above would be skipped."""
    assert len({broken.probe for broken in BREAKS.values()}) > 12
