"""Stages a bucket's events and songs into PostgreSQL with dlt, with dlt's own defaults.

Purpose: the peer of `benchmarks/month.py`, which runs this file in an environment of its own. The
bucket's address and PostgreSQL's are in dlt's environment variables. Prints the seconds and rows.
"""

import sys
import time

import dlt
from dlt.sources.filesystem import filesystem, read_jsonl

TABLES = {"events": "log_data/**/*.json", "songs": "song_data/**/*.json"}


def main(bucket: str, folder: str) -> None:
    began = time.perf_counter()
    pipeline = dlt.pipeline(
        "sparkify_month", pipelines_dir=folder, destination="postgres", dataset_name="dlt_month"
    )
    resources = [
        (filesystem(bucket_url=f"s3://{bucket}", file_glob=glob) | read_jsonl()).with_name(name)
        for name, glob in TABLES.items()
    ]
    pipeline.run(resources, write_disposition="replace")
    rows = pipeline.last_trace.last_normalize_info.row_counts
    print(f"{time.perf_counter() - began:.2f}", *(rows[name] for name in TABLES))


if __name__ == "__main__":
    main(*sys.argv[1:])
