"""What all tasks of the project have in common, for a DAG's `default_args`.

Tries are spaced out, 10 seconds, 20, 40, so that a throttled or restarting service has
time; what trying again cannot mend fails at once (see ``failures``).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

TASK_DEFAULTS: dict[str, Any] = {
    "owner": "data-platform",
    "retries": 3,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
}
