"""The role `sparkify_analyst`: its members may read the star schema and the views, nothing else.

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

    A database user that may not create roles is told what an administrator must run. SVV_ROLES
    shows such a user only the roles that they own or have, so this grants in any case.

    :param relations: the tables and views that analysts read.
    """
    created, not_created = _create(warehouse)
    try:
        with warehouse.transaction():
            lock_schema(warehouse)
            return [*created, *_grant(warehouse, relations)]
    except Exception as error:
        if not_created is None or transient_kind(error):
            raise
        log.warning(
            "The role %s was neither created (%s) nor given access (%s). An administrator must run"
            " `create role %s` if the role is missing. Then run this task again",
            ROLE,
            describe(not_created),
            describe(error),
            ROLE,
        )
        return []


def _create(warehouse: Warehouse) -> tuple[list[str], Exception | None]:
    """The statement that ran, if any did, and the error, if the role could not be created."""
    create = f"create role {ROLE}"
    try:
        with warehouse.transaction():
            lock_schema(warehouse)
            if warehouse.query(statement("operators/find_role.sql"), {"role_name": ROLE}):
                return [], None
            warehouse.execute(create)
    except Exception as error:
        if transient_kind(error):
            raise
        return [], error
    return [create], None


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
