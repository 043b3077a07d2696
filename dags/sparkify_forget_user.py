"""
### Erase the personal data of one user

**What**: replaces the user's id by a pseudonym and deletes names, gender, location, user agent and
moment of registration, in `staging_events`, `users`, `songplays` and `page_views`. Texts of
rejected rows that may be the user's are blanked, and sample rows of checks that have the user's id
are removed. Plays stay and are still counted. `forgotten_users` keeps a salted hash of the id, so
later loads of the same files give the user the same pseudonym.

**When**: by hand, for one user at a time. It is safe beside loads, and harmless if repeated.

**Whom to ask**: the data-platform team.

**When it fails**: if the two ids differ, nothing was changed: trigger it again. After a lost
connection or a conflict Airflow tries again.

**What remains**: this is pseudonymisation. Who can read `forgotten_users` can try short ids until a
hash fits, so grant access to that table to nobody. The files in S3 stay as they are. This run's
conf and Airflow's audit log have the id: delete the run when it has succeeded, and clean the audit
log (docs/forgetting.md). The logs of this task do not have it.
"""

from __future__ import annotations

from datetime import datetime

from airflow.sdk import DAG, Param

from sparkify.operators import ForgetUserOperator
from sparkify.tasks.defaults import WAREHOUSE_DEFAULTS

with DAG(
    dag_id="sparkify_forget_user",
    description="Erase the personal data of one user",
    doc_md=__doc__,
    schedule=None,
    start_date=datetime(2018, 11, 1),
    catchup=False,
    max_active_runs=1,
    tags=["sparkify", "redshift", "privacy"],
    params={
        "user_id": Param(
            type="string",
            minLength=1,
            maxLength=64,
            title="User id",
            description="The userId of the app's log, as it is written there.",
        ),
        "confirm": Param(
            type="string",
            minLength=1,
            maxLength=64,
            title="User id, again",
            description="The same id once more. The data cannot be brought back.",
        ),
    },
    default_args=WAREHOUSE_DEFAULTS,
):
    ForgetUserOperator(task_id="forget_user")
