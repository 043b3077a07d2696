"""Where a connection's tables are, as OpenLineage names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import Connection


@dataclass(frozen=True, slots=True)
class Place:
    """Where tables are: `redshift://cluster.region:port`, and `database.schema` in it."""

    namespace: str
    prefix: str

    @classmethod
    def of(cls, connection: Connection) -> Place:
        """Source: the specification's table of namespaces, "Redshift"."""
        host = connection.host or ""
        parts = host.split(".")
        if "redshift" in host and "amazonaws" in parts and len(parts) > 3:
            host = f"{parts[0]}.{parts[2]}"
        port = connection.port or 5439
        return cls(f"redshift://{host}:{port}", f"{connection.schema or 'dev'}.public")

    def name(self, table: str) -> str:
        schema = self.prefix if "." not in table else self.prefix.split(".")[0]
        return f"{schema}.{table}"
