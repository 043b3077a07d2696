"""Probes for what this project relies on in Amazon Redshift. They run on any Redshift.

`make conformance` runs them on a local endpoint that it starts. With CONN and BUCKET they run on
the Redshift that an Airflow connection names. docs/redshift.md is generated from the probes.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLUGINS = ROOT / "plugins"

if str(PLUGINS) not in sys.path:
    sys.path.insert(0, str(PLUGINS))  # as Airflow does
