"""The local stack: a Redshift endpoint, S3, Airflow and sample data on one machine."""

import sys
from pathlib import Path

# Its buckets and tables are those of sparkify.model, which Airflow finds in its plugins folder.
sys.path.append(str(Path(__file__).resolve().parents[1] / "plugins"))
