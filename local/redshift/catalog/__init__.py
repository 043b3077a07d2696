"""Redshift's functions and views, created in PostgreSQL in the schema `redshift_catalog`.

The relay qualifies them with that schema, so that a session's search path does not matter.
"""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = Path(__file__).parent

# catalog.sql comes first: it creates the schemas that the others use.
SCRIPTS = tuple(
    path.read_text() for path in (_FOLDER.with_suffix(".sql"), *sorted(_FOLDER.glob("*.sql")))
)


def _created(kind: str) -> frozenset[str]:
    pattern = rf"create or replace {kind} redshift_catalog\.(\w+)"
    return frozenset(name for script in SCRIPTS for name in re.findall(pattern, script))


FUNCTIONS = _created("(?:function|aggregate)")
VIEWS = _created("view")
