"""Removes credentials and AWS account ids from reports."""

from __future__ import annotations

import re

_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")  # in ARNs, and in host names of Serverless
_ACCESS_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")


def masked(text: str) -> str:
    """The text without account ids, access keys, and the secrets of Airflow's connections."""
    from airflow.sdk.log import redact

    # Airflow knows the passwords and secret extras of all connections that it has read.
    redacted = str(redact(text))
    return _ACCESS_KEY.sub("***", _ACCOUNT.sub("************", redacted))
