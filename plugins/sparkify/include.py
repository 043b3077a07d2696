"""Where the folder `include/` is: SQL, contracts of the sources, and AWS templates.

In the repository and in the image it stands beside `plugins/`. Amazon MWAA accepts only plugins and
DAGs, so there it stands inside `plugins/` (`make mwaa`).
"""

from __future__ import annotations

from pathlib import Path

_PLUGINS = Path(__file__).resolve().parents[1]
_PLACES = (_PLUGINS.parent / "include", _PLUGINS / "include")

INCLUDE = next((place for place in _PLACES if (place / "sql").is_dir()), _PLACES[0])
SQL = INCLUDE / "sql"
CONTRACTS = INCLUDE / "contracts"
CLOUDFORMATION = INCLUDE / "cloudformation"
