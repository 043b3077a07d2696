"""The role `sparkify_analyst`: who has it may read the star schema and the views, nothing else.

An administrator gives it to people, as `grant role sparkify_analyst to ann`.

Source: Redshift's manual, "CREATE ROLE", "GRANT".
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sparkify.failures import describe, transient_kind
from sparkify.warehouse.migrations import lock_schema
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import identifier, statement

log = logging.getLogger(__name__)

ROLE = "sparkify_analyst"


def let_analysts_read(warehouse: Warehouse, relations: Sequence[str]) -> list[str]:
    """Create the role if it is missing, and grant it what it lacks; the statements that ran.

    A database user that may not create roles is told what an administrator must run.

    :param relations: the tables and views that analysts read.
    """
    try:
        with warehouse.transaction():
            lock_schema(warehouse)
            created = _create(warehouse)
    except Exception as error:
        if transient_kind(error):
            raise
        log.warning(
            "The role %s is missing and was not created: %s. Analysts get no access by it. An"
            " administrator must run `create role %s`. Then run this task again",
            ROLE,
            describe(error),
            ROLE,
        )
        return []
    with warehouse.transaction():
        lock_schema(warehouse)
        return [*created, *_grant(warehouse, relations)]


def _create(warehouse: Warehouse) -> list[str]:
    if warehouse.query(statement("operators/find_role.sql"), {"role_name": ROLE}):
        return []
    create = f"create role {ROLE}"
    warehouse.execute(create)
    return [create]


def _grant(warehouse: Warehouse, relations: Sequence[str]) -> list[str]:
    rows = warehouse.query(statement("operators/analyst_grants.sql"), {"role_name": ROLE})
    granted = {name for (name,) in rows}
    missing = [identifier(name) for name in relations if name not in granted]
    grants = [f"grant select on {', '.join(missing)} to role {ROLE}"] if missing else []
    if None not in granted:
        ((schema,),) = warehouse.query("select current_schema()")
        grants.append(f"grant usage on schema {identifier(schema)} to role {ROLE}")
    for grant in grants:
        warehouse.execute(grant)
    return grants
