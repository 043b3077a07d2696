"""What this project relies on in Amazon Redshift, as probes that any Redshift can be held against.

`make conformance` runs them on a local endpoint of their own; with CONN and BUCKET on the
Redshift that an Airflow connection names. docs/redshift.md is written from the same probes.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = ROOT / "plugins"

if str(PLUGINS) not in sys.path:
    sys.path.insert(0, str(PLUGINS))  # as Airflow does
