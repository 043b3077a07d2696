"""Which failures are worth another try, and what to do about the others.

Throttling, lost connections and serialization conflicts are transient. Bad data, a missing table or
a refused permission stay until somebody acts; further tries only delay the message.
"""

from __future__ import annotations

import re

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
_CONFLICT_SQLSTATES = frozenset({"40001", "40P01", "55P03"})
_CONNECTION_SQLSTATES = ("08", "57P01", "57P02", "57P03")
_ALLOW = "Allow it to the role of COPY, or to the user of the AWS connection."
_NAME_THE_BUCKET = "Check the variables sparkify_source_bucket and sparkify_work_bucket."
_MOVED = "The bucket is in another region, or another account has taken its name since: check it."
_NAME_THE_OBJECT = "Name an object that is there: a manifest, a jsonpaths file, or one to load."
# S3's codes of failures that last, with what to do. Numbers are HTTP statuses: boto3 has no
# other code for a HEAD. Source: Amazon S3's API reference, "Error responses".
_LASTING_S3_CODES = {
    "AccessDenied": _ALLOW,
    "403": _ALLOW,
    "InvalidAccessKeyId": "S3 does not know the access key: check login of the AWS connection.",
    "SignatureDoesNotMatch": (
        "The secret key does not fit the access key: check password of the AWS connection."
    ),
    "ExpiredToken": "The session token has expired: renew the credentials of the AWS connection.",
    "InvalidObjectState": (
        "The object is archived: restore it from S3 Glacier, or move it out of what is loaded."
    ),
    "NoSuchKey": _NAME_THE_OBJECT,
    "404": _NAME_THE_OBJECT,
    "NoSuchBucket": _NAME_THE_BUCKET,
    "InvalidBucketName": _NAME_THE_BUCKET,
    "PermanentRedirect": _MOVED,
    "301": _MOVED,
}
_THROTTLING_S3_CODES = frozenset(
    {"SlowDown", "503", "ServiceUnavailable", "Throttling", "ThrottlingException"}
    | {"RequestLimitExceeded", "TooManyRequestsException", "RequestTimeout"}
)
# COPY's text of a failure of S3: "S3ServiceException:Access Denied,Status 403,Error AccessDenied".
_COPYS_S3_CODE = re.compile(r"S3ServiceException.*?Status \d+,\s*Error (\w+)", re.DOTALL)
# Where the text has no code, or an unknown one: moved to another region, not allowed, not there.
_LASTING_S3_STATUS = re.compile(r"S3ServiceException.*Status (301|403|404)\b", re.DOTALL)
_THROTTLING_S3_STATUS = re.compile(r"S3ServiceException.*Status (429|503)\b", re.DOTALL)
# S3 or the way to it failed; COPY tells of a lost connection as S3CurlException.
_FAILED_S3_STATUS = re.compile(r"S3ServiceException.*Status 5\d\d\b|S3CurlException", re.DOTALL)
_FAILED_S3_CODES = frozenset({"500", "502", "504", "BadGateway", "GatewayTimeout", "InternalError"})
# "ERROR: 1023 DETAIL: Serializable isolation violation on table": Redshift's manual, "Isolation
# levels in Amazon Redshift". The second is what clients meet beside it.
_CONFLICT = re.compile(
    r"\b1023\b|serializable isolation violation|conflict with concurrent transaction", re.IGNORECASE
)
# COPY's words for an object of the manifest that is gone.
_OBJECT_GONE = re.compile(r"mandatory url", re.IGNORECASE)
# Neither driver gives a SQLSTATE where the connection itself is gone.
_CONNECTION_ERRORS = frozenset(
    {"InterfaceError", "OperationalError", "EndpointConnectionError", "ReadTimeoutError"}
    | {"ConnectTimeoutError", "ConnectionClosedError", "ResponseStreamingError"}
    | {"IncompleteReadError", "HTTPClientError"}
)
# At connecting, psycopg gives no SQLSTATE.
_LOGIN_REFUSED = re.compile(r"authentication failed|no pg_hba\.conf entry")
_REMEDIES = {
    "28": "Check login and password of the Airflow connection.",
    "3D": "Check the schema of the Airflow connection: it names the database.",
    "3F": "Create the schema, or name another one.",
    "42P01": (
        "Run the DAG sparkify_create_tables, or create the table. Whatever is loaded has a lock"
        " table beside it: lock_clicks for clicks."
    ),
    "42703": "The table is not as the code expects it: run the DAG sparkify_create_tables.",
    "42501": "Grant it to the connection's user.",
} | _LASTING_S3_CODES


class LoadRefused(Exception):
    """The data, or a check on it, was found wrong; trying again will not mend it."""


class Transient(Exception):
    """A failure that may pass by itself; its kinds differ in how long to wait."""


class Conflict(Transient):
    """Another transaction was in the way."""


class ConnectionLost(Transient):
    """The warehouse, or S3, could not be reached, or went away."""


class Throttled(Transient):
    """S3 asked for fewer requests."""


class Busy(Transient):
    """The cluster is at something else, and takes no order."""


class SourceChanged(Transient):
    """An object changed, or went, while it was read; it is listed anew at the next try."""


class AccountIncomplete(Transient):
    """What COPY says of itself, and what the system views say of it, do not agree (yet)."""


def is_lasting(error: BaseException) -> bool:
    """Whether the same call would fail again until somebody acts."""
    if isinstance(error, (LoadRefused, ValueError, KeyError, TypeError)):
        return True
    message = describe(error)
    code = s3_code(error)
    if code in _LASTING_S3_CODES:
        return True
    if code in _THROTTLING_S3_CODES or code in _FAILED_S3_CODES:
        return False
    if _LASTING_S3_STATUS.search(message) or _LOGIN_REFUSED.search(message):
        return True
    return (sqlstate(error) or "").startswith(_LASTING_SQLSTATES)


def transient_kind(error: BaseException) -> type[Transient] | None:
    """The kind of a failure that may pass by itself; None where that is not known."""
    if isinstance(error, Transient):
        return type(error)
    state = sqlstate(error)
    if state in _CONFLICT_SQLSTATES:
        return Conflict
    if state is not None and state.startswith(_CONNECTION_SQLSTATES):
        return ConnectionLost
    if _THROTTLING_S3_STATUS.search(describe(error)) or s3_code(error) in _THROTTLING_S3_CODES:
        return Throttled
    if _FAILED_S3_STATUS.search(describe(error)) or s3_code(error) in _FAILED_S3_CODES:
        return ConnectionLost
    if state is not None:
        return Conflict if _CONFLICT.search(describe(error)) else None
    names = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, (ConnectionError, TimeoutError)) or names & _CONNECTION_ERRORS:
        return ConnectionLost
    return None


def is_of_s3(error: BaseException) -> bool:
    """Whether COPY failed for what S3 said, or did not say, and not for the data."""
    return re.search(r"S3(Service|Curl)Exception", describe(error)) is not None


def is_object_gone(error: BaseException) -> bool:
    """Whether COPY failed because an object of its manifest is not there."""
    return _OBJECT_GONE.search(describe(error)) is not None


def sqlstate(error: BaseException) -> str | None:
    """The five characters by which a driver's error says what it is."""
    state = getattr(error, "sqlstate", None)  # psycopg
    if state is None and error.args and isinstance(error.args[0], dict):
        state = error.args[0].get("C")  # redshift_connector
    return state if isinstance(state, str) else None


def s3_code(error: BaseException) -> str | None:
    """The code by which S3 says what is wrong, in an error of boto3 or in COPY's text."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return response.get("Error", {}).get("Code")
    code = _COPYS_S3_CODE.search(describe(error))
    return code[1] if code else None


def describe(error: BaseException) -> str:
    """The error's message, without the driver's wrapping."""
    if error.args and isinstance(error.args[0], dict):
        fields = error.args[0]
        return ". ".join(str(fields[key]) for key in ("M", "D", "H") if fields.get(key))
    return str(error).strip() or type(error).__name__


def remedy(error: BaseException) -> str:
    """What somebody can do about a lasting failure; empty where that is not known."""
    state, status = sqlstate(error) or "", _LASTING_S3_STATUS.search(describe(error))
    if _LOGIN_REFUSED.search(describe(error)):
        state = "28"
    names = [s3_code(error), status and status[1], state, state[:2]]
    return next((_REMEDIES[name] for name in names if name in _REMEDIES), "")
