"""How long to wait before another try, by the kind of failure.

Airflow 3.3 asks a task's retry policy after each failure. Airflow 3.2 has no such policies and uses
the task's `retry_delay`. On both, ``failing_fast`` turns a lasting failure into one that Airflow
never retries.

Source: Airflow's manual, "Retry policies".
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import RetryPolicy
from airflow.sdk.definitions.retry_policy import RetryDecision

from sparkify.failures import (
    AccountIncomplete,
    Busy,
    Conflict,
    ConnectionLost,
    SourceChanged,
    Throttled,
    describe,
    is_lasting,
    transient_kind,
)

# Before the second try; each further one waits twice as long.
FIRST_DELAY = {
    Conflict: timedelta(seconds=5),
    SourceChanged: timedelta(seconds=5),
    ConnectionLost: timedelta(seconds=15),
    AccountIncomplete: timedelta(seconds=15),
    Throttled: timedelta(seconds=60),
    Busy: timedelta(seconds=60),
}
LONGEST_DELAY = timedelta(minutes=10)
_LONGEST_REASON = 500  # characters that Airflow keeps


class RetryByKind(RetryPolicy):
    """Wait as long as the kind of failure asks for; fail at once where waiting cannot help."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,  # noqa: ARG002 - Airflow's signature
        context: Any = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Decide by the exception; its reason is shown with the task."""
        if is_lasting(exception):
            return RetryDecision.fail(describe(exception)[:_LONGEST_REASON])
        kind = transient_kind(exception)
        if kind is None:
            return RetryDecision.default()
        delay = min(FIRST_DELAY[kind] * 2 ** (try_number - 1), LONGEST_DELAY)
        reason = f"{kind.__name__}: {describe(exception)}"
        return RetryDecision.retry(delay, reason=reason[:_LONGEST_REASON])
