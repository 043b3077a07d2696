"""What all tasks of the project have in common, for a DAG's `default_args`.

The delay between tries depends on the kind of failure (see ``retries``). Airflow 3.2 has no retry
policies; there the delays are 10, 20 and 40 seconds. A failure that another try cannot fix fails
the task at once on both. No e-mail is sent; who is notified of a failure is in Airflow's
configuration (see ``alerts``), nobody by default.
"""

from __future__ import annotations

from datetime import timedelta
from importlib.util import find_spec
from typing import Any

from airflow.sdk import Param

from sparkify.tasks.alerts import on_failure

# Templates of the buckets, from Airflow's variables.
SOURCE_BUCKET = "{{ var.value.get('sparkify_source_bucket', 'udacity-dend') }}"
WORK_BUCKET = "{{ var.value.get('sparkify_work_bucket', 'sparkify-work') }}"

POOL = "redshift"  # of include/pools.json

TASK_DEFAULTS: dict[str, Any] = {
    "owner": "data-platform",
    "depends_on_past": False,
    "email_on_failure": False,
    "email_on_retry": False,
    "retries": 3,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "on_failure_callback": on_failure(),
}

if find_spec("airflow.sdk.definitions.retry_policy"):  # since Airflow 3.3
    from sparkify.tasks.retries import RetryByKind

    TASK_DEFAULTS["retry_policy"] = RetryByKind()

# Of tasks that load or check the warehouse: as many at once as the pool has slots.
WAREHOUSE_DEFAULTS: dict[str, Any] = {
    **TASK_DEFAULTS,
    "pool": POOL,
    # Of one try; Redshift ends each statement at this time, too. A load takes minutes at most.
    "execution_timeout": timedelta(hours=1),
}


def window_params(to_do: str, *, if_empty: str) -> dict[str, Param]:
    """The fields of a trigger form that give the window.

    :param to_do: what the run does with the window, such as `load`.
    :param if_empty: what it takes if both fields are empty.
    """
    moment: dict[str, Any] = {"type": ["null", "string"], "format": "date-time"}
    return {
        "window_start": Param(
            None,
            title="Window start",
            description=f"First moment to {to_do}, in UTC. Empty: {if_empty}.",
            **moment,
        ),
        "window_end": Param(
            None,
            title="Window end",
            description=f"The moment up to which to {to_do}, itself not included.",
            **moment,
        ),
    }
