"""Fail a task at once if another try cannot help."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sparkify.failures import describe, is_lasting, remedy, transient_kind


@contextmanager
def failing_fast() -> Iterator[None]:
    """Turn a lasting failure into one that Airflow does not retry, and name the others' kind."""
    from airflow.sdk.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowNotFoundException,
    )

    try:
        yield
    except AirflowNotFoundException as error:  # a connection that nobody has made
        raise AirflowFailException(str(error)) from error
    except AirflowException:
        raise
    except Exception as error:
        if is_lasting(error):
            message = [describe(error).rstrip("."), remedy(error)]
            raise AirflowFailException(". ".join(part for part in message if part)) from error
        kind = transient_kind(error)
        if kind is None or isinstance(error, kind):
            raise
        raise kind(describe(error)) from error
