"""The runner: each probe gets a result, nothing is left behind, and reports contain no secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from rich.console import Console

from conformance.probe import CannotTell, Differs, expect, refusal
from conformance.probes import all_probes
from conformance.report import print_table, write_json
from conformance.running import exit_status, run_probes
from conformance.target import Target, open_target
from sparkify.warehouse.session import Warehouse
from tests.conformance.conftest import schemas
from tests.conftest import Endpoint


def results_of(target: Target, *probes: Any) -> list[tuple[str, str]]:
    results = run_probes(probes, target, lambda _: None)
    return [(result.status, result.saw) for result in results]


def test_a_name_of_no_probe_is_refused():
    with pytest.raises(ValueError, match="no probe has a name that contains 'no_such'"):
        all_probes("no_such")


def test_each_probe_gets_a_result_whatever_the_others_do(target: Target, probe_of):
    def differs(_: Target) -> str:
        raise Differs("another value")

    def cannot(_: Target) -> str:
        raise CannotTell("not here")

    def unknown_answer(target: Target) -> str:
        target.session().execute("select no_such_column")
        return "never"

    def faulty(_: Target) -> str:
        raise KeyError("a fault of the probe")

    probes = [probe_of(look) for look in (differs, cannot, unknown_answer, faulty, lambda _: "yes")]
    statuses = [status for status, _ in results_of(target, *probes)]
    assert statuses == ["differs", "cannot tell", "differs", "cannot tell", "holds"]


def test_a_probe_that_the_user_is_not_allowed_to_run_cannot_tell(target: Target, probe_of):
    def refused(target: Target) -> str:
        session = target.session()
        session.execute("select * from redshift_private.load_history")
        return "never"

    def refused_for_another_reason(target: Target) -> str:
        sql = "select * from redshift_private.load_history"
        return str(refusal(target.session(), sql, words="does not exist"))

    for status, saw in results_of(target, probe_of(refused), probe_of(refused_for_another_reason)):
        assert status == "cannot tell"
        assert saw.startswith("42501")


def test_a_lost_connection_gives_no_verdict(endpoint: Endpoint, target: Target, probe_of):
    def cut(target: Target) -> str:
        session = target.session()
        with psycopg.connect(endpoint.conninfo, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", [session.session_id])
        session.execute("select 1")
        return "never"

    ((status, _), (after, _)) = results_of(target, probe_of(cut), probe_of(_one))
    assert (status, after) == ("cannot tell", "holds")


def _one(target: Target) -> str:
    expect("1", target.session().query("select 1"), [(1,)])
    return "1"


def test_expectations_and_refusals_must_match(target: Target):
    with pytest.raises(Differs, match="rows: 1, not 2"):
        expect("rows", 1, 2)
    session = target.session()
    with pytest.raises(Differs, match="accepted: select 1"):
        refusal(session, "select 1")
    with pytest.raises(Differs, match="42703"):
        refusal(session, "select no_such_column", words="too long")


@pytest.mark.parametrize("end", ["return", "error", "Ctrl-C"])
def test_schema_and_objects_are_removed_however_it_ends(
    connections, s3: Any, bucket: str, end: str
):
    errors = {"return": None, "error": RuntimeError, "Ctrl-C": KeyboardInterrupt}
    error = errors[end]

    def use() -> None:
        with open_target("redshift_default", bucket) as target:
            session = target.session()
            target.table(session, "a integer")
            session.execute("begin")
            session.execute(f"lock {target.table(session, 'a integer')}")
            target.put({"a": 1})
            assert schemas(session) == [target.schema]
            if error is not None:
                raise error

    if error is None:
        use()
    else:
        with pytest.raises(error):
            use()
    with Warehouse.connect("redshift_default") as warehouse:
        assert schemas(warehouse) == []
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_bucket_that_is_not_there_leaves_no_schema_behind(connections):
    with (
        pytest.raises(Exception, match="404"),
        open_target("redshift_default", "no-such-bucket"),
    ):
        pass
    with Warehouse.connect("redshift_default") as warehouse:
        assert schemas(warehouse) == []


def test_objects_of_others_are_left_alone(connections, s3: Any, bucket: str):
    s3.put_object(Bucket=bucket, Key="conformance_of_mine", Body=b"")
    s3.put_object(Bucket=bucket, Key="log_data/x.json", Body=b"")
    with open_target("redshift_default", bucket) as target:
        target.put({"a": 1})
    left = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert left == ["conformance_of_mine", "log_data/x.json"]


def test_the_exit_status_is_1_if_a_probe_differs_and_2_if_none_could_observe(
    target: Target, probe_of
):
    def differs(_: Target) -> str:
        raise Differs("another value")

    def cannot(_: Target) -> str:
        raise CannotTell("not here")

    def status_of(*probes: Any) -> int:
        return exit_status(run_probes(probes, target, lambda _: None))

    holds, declared = probe_of(_one), probe_of(differs, local="it differs")
    assert status_of(holds, probe_of(cannot)) == 0
    assert status_of(holds, declared) == 0
    assert status_of(holds, probe_of(differs)) == 1
    assert status_of(probe_of(cannot)) == 2


def test_a_declared_difference_of_the_local_endpoint_does_not_excuse_another_redshift(
    target: Target, probe_of
):
    def differs(_: Target) -> str:
        raise Differs("another value")

    declared = probe_of(differs, local="it differs")
    target.version = "PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.77467"
    assert exit_status(run_probes([declared, probe_of(_one)], target, lambda _: None)) == 1


def test_no_secret_and_no_account_is_in_the_report(
    target: Target, probe_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Observations contain the server's errors, which may repeat what was sent."""
    secrets = {
        "account": "123456789012",
        "key": "AKIAIOSFODNN7EXAMPLE",
        "password": "not-asked-for",
    }

    def telling(_: Target) -> str:
        raise Differs(
            f"role arn:aws:iam::{secrets['account']}:role/r, {secrets['key']},"
            f" {secrets['password']}, wg.{secrets['account']}.us-west-2.redshift-serverless"
        )

    target.role = f"arn:aws:iam::{secrets['account']}:role/copy"
    results = run_probes([probe_of(telling)], target, lambda _: None)
    report = tmp_path / "build" / "report.json"
    write_json(report, target.about(), results)
    console = Console(width=100, record=True, file=(tmp_path / "table").open("w"))
    print_table(results, console)
    for text in (report.read_text(), console.export_text()):
        assert [name for name, value in secrets.items() if value in text] == []
    report_json = json.loads(report.read_text())
    assert report_json["target"]["COPY's role"] == "arn:aws:iam::************:role/copy"
    assert report_json["summary"] == {"differs": 1}


def test_the_table_fits_a_terminal_of_100_columns_and_shows_every_probe(target: Target, tmp_path):
    probes = all_probes()
    run = run_probes([probes[0]], target, lambda _: None)
    console = Console(width=100, record=True, file=(tmp_path / "table").open("w"))
    print_table(run, console)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 100
    assert "holds" in text
    assert probes[0].page in text
    assert "1 probes: holds 1" in text
