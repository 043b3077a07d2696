"""The local stack: a Redshift endpoint, S3, Airflow and sample data on one machine."""

import sys
from pathlib import Path

# The stack uses the tables and sources of sparkify.model. Airflow finds that package in its
# plugins folder; here it goes onto the path.
sys.path.append(str(Path(__file__).resolve().parents[1] / "plugins"))
