"""Which failures are worth another try.

Throttling, lost connections and serialization conflicts pass; bad data, a missing table
or a refused permission stay until somebody acts, and more tries only delay the news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

# By the first characters of their SQLSTATE: PostgreSQL's manual, "Error Codes".
_LASTING_SQLSTATES = (
    "0A",  # feature not supported
    "22",  # data exception
    "23",  # integrity constraint violation
    "28",  # invalid authorization
    "3D",  # no such database
    "3F",  # no such schema
    "42",  # syntax error, missing table or column, insufficient privilege
)
_LASTING_S3_CODES = frozenset(
    {
        "AccessDenied",
        "403",
        "InvalidAccessKeyId",
        "InvalidBucketName",
        "NoSuchBucket",
        "PermanentRedirect",
        "SignatureDoesNotMatch",
    }
)
# What COPY says where S3 says no: moved to another region, not allowed, not there.
_LASTING_S3_STATUS = re.compile(r"S3ServiceException.*Status (301|403|404)\b", re.DOTALL)


class LoadRefused(Exception):
    """The data, or a check on it, was found wrong; trying again will not mend it."""


def is_lasting(error: BaseException) -> bool:
    """Whether the same call would fail again until somebody acts."""
    if isinstance(error, (LoadRefused, ValueError, KeyError, TypeError)):
        return True
    if _LASTING_S3_STATUS.search(describe(error)):
        return True
    if (state := sqlstate(error)) is not None:
        return state.startswith(_LASTING_SQLSTATES)
    response = getattr(error, "response", None)  # botocore's ClientError
    if isinstance(response, dict):
        return response.get("Error", {}).get("Code") in _LASTING_S3_CODES
    return False


def sqlstate(error: BaseException) -> str | None:
    """The five characters by which a driver's error says what it is."""
    state = getattr(error, "sqlstate", None)  # psycopg
    if state is None and error.args and isinstance(error.args[0], dict):
        state = error.args[0].get("C")  # redshift_connector
    return state if isinstance(state, str) else None


def describe(error: BaseException) -> str:
    """The error's message, without the driver's wrapping."""
    if error.args and isinstance(error.args[0], dict):
        fields = error.args[0]
        return ". ".join(str(fields[key]) for key in ("M", "D", "H") if fields.get(key))
    return str(error).strip() or type(error).__name__


@contextmanager
def failing_fast() -> Iterator[None]:
    """Turn a lasting failure into one that Airflow does not retry."""
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    try:
        yield
    except AirflowException:
        raise
    except Exception as error:
        if is_lasting(error):
            raise AirflowFailException(describe(error)) from error
        raise
