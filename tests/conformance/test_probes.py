"""All probes hold on the local endpoint, with default and harsh settings and both drivers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from conformance.probe import Probe
from conformance.probes import all_probes
from conformance.running import Result, run_probes
from conformance.target import Target, open_target
from tests.conftest import Endpoint, data_folder, run_endpoint
from tests.faults.s3.s3_proxy import S3Proxy, answer

PROBES = {probe.name: probe for probe in all_probes()}
# This probe needs an unreadable object, which only TestDenied has.
NEEDS_DENIAL = {"an_unreadable_object_is_denied"}


def unexpected(results: list[Result]) -> dict[str, tuple[str, str]]:
    """Results that contradict what the probes declare about the local endpoint."""
    return {
        result.probe.name: (result.status, result.saw)
        for result in results
        if result.status != expected_of(result.probe)
    }


def expected_of(probe: Probe) -> str:
    if probe.name in NEEDS_DENIAL:
        return "cannot tell"
    return "differs" if probe.local else "holds"


def run_all(target: Target) -> list[Result]:
    results = run_probes(all_probes(), target, lambda _: None)
    assert len(results) == len(PROBES)
    return results


def test_every_probe_holds_or_differs_as_it_declares(target: Target, conn_type: str):
    assert unexpected(run_all(target)) == {}


@pytest.mark.deep  # waits 18 seconds for lagging system views
class TestHarsh:
    """SERIALIZABLE isolation, and system views that lag."""

    @pytest.fixture(scope="class")
    def endpoint(self, s3_endpoint: str) -> Iterator[Endpoint]:
        harsh: dict[str, Any] = {"system_view_lag": 0.7, "isolation": "serializable"}
        with run_endpoint(s3_endpoint, data_folder() / "data", **harsh) as running:
            yield running

    def test_every_probe_also_holds_with_harsh_settings_and_reports_them(self, target: Target):
        results = run_all(target)
        assert unexpected(results) == {}
        saw = {result.probe.name: result.saw for result in results}
        assert float(saw["the_history_shows_a_copy_in_time"].split()[1]) > 0.4
        assert saw["the_isolation_level_is_as_declared"].startswith("behaves as SERIALIZABLE")


class TestDenied:
    """An S3 server that denies access to one object."""

    @pytest.fixture(scope="class")
    def proxy(self, s3_endpoint: str) -> Iterator[S3Proxy]:
        proxy = S3Proxy(s3_endpoint)
        proxy.fail("secret.json", answer(403, "AccessDenied"))
        yield proxy
        proxy.shutdown()

    @pytest.fixture(scope="class")
    def endpoint(self, proxy: S3Proxy) -> Iterator[Endpoint]:
        with run_endpoint(proxy.url, data_folder() / "data") as running:
            yield running

    def test_an_unreadable_object_is_reported_as_denied(self, connections, s3, bucket: str):
        s3.put_object(Bucket=bucket, Key="secret.json", Body=b'{"a": 1}')
        unreadable = f"s3://{bucket}/secret.json"
        probe = PROBES["an_unreadable_object_is_denied"]
        with open_target("redshift_default", bucket, unreadable=unreadable) as target:
            (result,) = run_probes([probe], target, lambda _: None)
        assert result.status == "holds", result.saw
        assert "Status 403" in result.saw
