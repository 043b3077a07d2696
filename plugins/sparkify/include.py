"""Where the folder `include/` is: SQL, the contracts of the sources, and the templates of AWS.

It stands beside `plugins/`, in the repository and in the image. Amazon MWAA takes nothing but
plugins and DAGs; there it travels inside of `plugins/` (`make mwaa`).
"""

from __future__ import annotations

from pathlib import Path

_PLUGINS = Path(__file__).resolve().parents[1]
_PLACES = (_PLUGINS.parent / "include", _PLUGINS / "include")

INCLUDE = next((place for place in _PLACES if (place / "sql").is_dir()), _PLACES[0])
SQL = INCLUDE / "sql"
CONTRACTS = INCLUDE / "contracts"
CLOUDFORMATION = INCLUDE / "cloudformation"
