"""The warehouse's tables as Airflow assets, for DAGs that wait for them.

`DAG(schedule=[table_asset(SONGPLAYS)])` runs after each load of songplays. The event's `extra` has
the loaded window, `window_start` and `window_end`, and the numbers of rows.
"""

from __future__ import annotations

from airflow.sdk import Asset

from sparkify.model import Table


def table_asset(table: Table) -> Asset:
    """The asset of one table, `sparkify.songplays` for one.

    Without an address: for that Airflow imports the providers of all addresses there are,
    each time it reads a DAG file.
    """
    return Asset(f"sparkify.{table.name}", group="sparkify")
