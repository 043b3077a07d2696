"""Which failures Airflow retries."""

from __future__ import annotations

import importlib
import sys

import psycopg
import pytest
import redshift_connector
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from botocore.exceptions import ClientError, EndpointConnectionError

from sparkify.failures import (
    Busy,
    Conflict,
    ConnectionLost,
    LoadRefused,
    Throttled,
    describe,
)
from sparkify.tasks.defaults import TASK_DEFAULTS
from sparkify.tasks.failing_fast import failing_fast
from sparkify.tasks.retries import FIRST_DELAY, LONGEST_DELAY, RetryByKind
from sparkify.warehouse.connections import connector_of
from tests.support.runs import ROOT


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetObject")


def copy_error(message: str, code: str | None) -> redshift_connector.ProgrammingError:
    """COPY's error for an error of S3."""
    text = f"S3ServiceException:{message}" + (f",Error {code},Rid 4QZ,CanRetry 1" if code else "")
    return redshift_connector.ProgrammingError({"C": "XX000", "M": text})


# For each S3 code: a part of the advice, and COPY's text before the code.
LASTING_OF_S3 = {
    "AccessDenied": ("Allow it to the role of COPY", "Access Denied,Status 403"),
    "InvalidObjectState": ("is archived: restore it", "The operation is not valid,Status 403"),
    "InvalidAccessKeyId": ("does not know the access key", "Not in our records,Status 403"),
    "SignatureDoesNotMatch": ("secret key does not fit", "The signature,Status 403"),
    "ExpiredToken": ("token has expired: renew", "The provided token has expired.,Status 400"),
    "NoSuchKey": ("Name an object that is there", "The key does not exist.,Status 404"),
    "NoSuchBucket": ("sparkify_source_bucket", "The bucket does not exist,Status 404"),
    "PermanentRedirect": ("in another region", "Use the endpoint.,Status 301"),
}


@pytest.mark.parametrize("code", LASTING_OF_S3)
def test_s3s_own_code_says_what_to_do_from_boto3_and_from_copy(code):
    advice, message = LASTING_OF_S3[code]
    for error in (client_error(code), copy_error(message, code)):
        with pytest.raises(AirflowFailException) as failed, failing_fast():
            raise error
        assert advice in str(failed.value)
        others = [words for other, (words, _) in LASTING_OF_S3.items() if other != code]
        assert not any(words in str(failed.value) for words in others)
        assert RetryByKind().evaluate(error, 1, 3).action is RetryAction.FAIL


@pytest.mark.parametrize("code", [None, "NobodyKnows"])
@pytest.mark.parametrize(
    ("status", "advice"), [(301, "region"), (403, "Allow it"), (404, "an object that is there")]
)
def test_a_copy_error_without_a_known_code_is_classified_by_its_status(status, advice, code):
    with pytest.raises(AirflowFailException, match=advice), failing_fast():
        raise copy_error(f"Somehow,Status {status}", code)


@pytest.mark.parametrize(
    ("code", "kind"), [("SlowDown", Throttled), ("InternalError", ConnectionLost)]
)
def test_a_transient_code_is_retried_whatever_the_status(code, kind):
    with pytest.raises(kind), failing_fast():
        raise copy_error("Somehow,Status 404", code)


@pytest.mark.parametrize(
    "error",
    [
        LoadRefused("3 rows were rejected"),
        redshift_connector.ProgrammingError({"C": "42P01", "M": 'relation "x" does not exist'}),
        psycopg.errors.UndefinedTable('relation "x" does not exist'),
        psycopg.errors.InsufficientPrivilege("permission denied"),
        redshift_connector.ProgrammingError(
            {"C": "XX000", "M": "S3ServiceException:Access Denied,Status 403,Error AccessDenied"}
        ),
        client_error("AccessDenied"),
        client_error("NoSuchBucket"),
        ValueError("'x y' is not the name of a table or column"),
    ],
    ids=lambda error: f"{type(error).__name__}-{str(error)[:30]}",
)
def test_permanent_failures_fail_at_once(error):
    with pytest.raises(AirflowFailException), failing_fast():
        raise error


PASSING = [
    (redshift_connector.ProgrammingError({"C": "XX000", "M": "1023", "D": "Serial"}), Conflict),
    (psycopg.errors.SerializationFailure("could not serialize access"), Conflict),
    (
        redshift_connector.ProgrammingError(
            {
                "C": "XX000",
                "M": "could not complete because of conflict with concurrent transaction",
            }
        ),
        Conflict,
    ),
    (psycopg.errors.DeadlockDetected("deadlock detected"), Conflict),
    (
        redshift_connector.ProgrammingError(
            {"C": "XX000", "M": "S3ServiceException:Please reduce your request rate.,Status 503"}
        ),
        Throttled,
    ),
    (client_error("SlowDown"), Throttled),
    (psycopg.OperationalError("server closed the connection unexpectedly"), ConnectionLost),
    (psycopg.errors.AdminShutdown("terminating connection"), ConnectionLost),
    (redshift_connector.InterfaceError("communication error"), ConnectionLost),
    (EndpointConnectionError(endpoint_url="http://s3"), ConnectionLost),
    (ConnectionResetError("peer"), ConnectionLost),
    (Busy("the cluster takes no order"), Busy),
]


@pytest.mark.parametrize(
    ("error", "kind"), PASSING, ids=lambda value: getattr(value, "__name__", repr(value)[:40])
)
def test_transient_failures_are_retried_by_kind_and_explained(error, kind):
    with pytest.raises(kind) as failed, failing_fast():
        raise error
    assert str(failed.value) == describe(error)
    decision = RetryByKind().evaluate(failed.value, try_number=2, max_tries=3)
    assert decision.action is RetryAction.RETRY
    assert decision.retry_delay == FIRST_DELAY[kind] * 2
    assert decision.reason == f"{kind.__name__}: {describe(error)}"


def test_unknown_failures_are_left_to_the_tasks_own_retries():
    with pytest.raises(RuntimeError), failing_fast():
        raise RuntimeError("who knows")
    decision = RetryByKind().evaluate(RuntimeError("who knows"), try_number=1, max_tries=3)
    assert decision.action is RetryAction.DEFAULT


def test_the_retry_policy_does_not_retry_failures_of_other_operators():
    error = psycopg.errors.UndefinedTable('relation "x" does not exist')
    decision = RetryByKind().evaluate(error, try_number=1, max_tries=3)
    assert (decision.action, decision.reason) == (RetryAction.FAIL, 'relation "x" does not exist')


@pytest.mark.parametrize("tries", [4, 40])
def test_no_wait_is_longer_than_ten_minutes(tries):
    decision = RetryByKind().evaluate(Throttled("slow"), try_number=tries, max_tries=50)
    assert decision.retry_delay <= LONGEST_DELAY


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (psycopg.errors.UndefinedTable("relation"), "sparkify_create_tables"),
        (psycopg.errors.InsufficientPrivilege("denied"), "Grant it"),
        (psycopg.OperationalError("FATAL:  password authentication failed"), "login and password"),
        (client_error("NoSuchBucket"), "sparkify_source_bucket"),
        (client_error("AccessDenied"), "Allow it to the role"),
        (
            redshift_connector.ProgrammingError(
                {"C": "XX000", "M": "S3ServiceException:Denied,Status 403,Error AccessDenied"}
            ),
            "Allow it to the role",
        ),
    ],
)
def test_a_permanent_failure_says_what_to_do(error, advice):
    with pytest.raises(AirflowFailException, match=advice), failing_fast():
        raise error


def test_a_missing_airflow_connection_fails_at_once_with_its_name():
    with pytest.raises(AirflowFailException, match="nobody_made_it"), failing_fast():
        connector_of("nobody_made_it")


def test_a_skip_stays_a_skip():
    with pytest.raises(AirflowSkipException), failing_fast():
        raise AirflowSkipException("no object")


def test_an_error_of_redshifts_driver_is_shown_as_text():
    error = redshift_connector.ProgrammingError(
        {"S": "ERROR", "C": "42P01", "M": "Cannot COPY into nonexistent table x", "H": "Create it"}
    )
    assert describe(error) == "Cannot COPY into nonexistent table x. Create it"


def test_airflow_3_2_which_has_no_retry_policies_gets_plain_retries(monkeypatch):
    assert "retry_policy" in TASK_DEFAULTS
    monkeypatch.setitem(sys.modules, "airflow.sdk.definitions.retry_policy", None)
    monkeypatch.delitem(sys.modules, "sparkify.tasks.retries")
    monkeypatch.delitem(sys.modules, "sparkify.tasks.defaults")
    defaults = importlib.import_module("sparkify.tasks.defaults").TASK_DEFAULTS  # imported again
    assert "retry_policy" not in defaults
    assert (defaults["retries"], defaults["retry_exponential_backoff"]) == (3, True)


def test_each_task_of_each_dag_retries_by_kind():
    from airflow.dag_processing.dagbag import DagBag

    tasks = [task for dag in DagBag(str(ROOT / "dags")).dags.values() for task in dag.tasks]
    assert {type(task.retry_policy).__name__ for task in tasks} == {"RetryByKind"}
