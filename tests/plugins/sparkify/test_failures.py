"""Which failures Airflow tries again."""

from __future__ import annotations

import psycopg
import pytest
import redshift_connector
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from botocore.exceptions import ClientError, EndpointConnectionError

from sparkify.failures import LoadRefused, describe, failing_fast


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetObject")


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
def test_what_will_fail_again_fails_at_once(error):
    with pytest.raises(AirflowFailException), failing_fast():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        redshift_connector.ProgrammingError({"C": "XX000", "M": "1023", "D": "Serializable"}),
        redshift_connector.ProgrammingError(
            {"C": "XX000", "M": "S3ServiceException:Please reduce your request rate.,Status 503"}
        ),
        psycopg.errors.SerializationFailure("could not serialize access"),
        psycopg.OperationalError("server closed the connection unexpectedly"),
        redshift_connector.InterfaceError("communication error"),
        client_error("SlowDown"),
        client_error("InternalError"),
        EndpointConnectionError(endpoint_url="http://s3"),
        ConnectionResetError("peer"),
    ],
    ids=lambda error: f"{type(error).__name__}-{str(error)[:30]}",
)
def test_what_passes_is_left_to_airflows_retries(error):
    with pytest.raises(type(error)), failing_fast():
        raise error


def test_a_skip_stays_a_skip():
    with pytest.raises(AirflowSkipException), failing_fast():
        raise AirflowSkipException("no object")


def test_an_error_of_redshifts_driver_is_told_in_words():
    error = redshift_connector.ProgrammingError(
        {"S": "ERROR", "C": "42P01", "M": "Cannot COPY into nonexistent table x", "H": "Create it"}
    )
    assert describe(error) == "Cannot COPY into nonexistent table x. Create it"
