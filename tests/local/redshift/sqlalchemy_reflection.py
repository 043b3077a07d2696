"""Prints what SQLAlchemy finds in the tables of test_sqlalchemy.py; its argument is the URL."""

from __future__ import annotations

import json
import sys
from typing import Any

import pandas as pd
import sqlalchemy as sa


def columns(engine: sa.Engine, table: str) -> list[list[Any]]:
    return [
        [c["name"], str(c["type"]), c["nullable"], c["default"], c["info"].get("encode")]  # type: ignore[typeddict-item]
        for c in sa.inspect(engine).get_columns(table)
    ]


def main(url: str) -> None:
    engine = sa.create_engine(url)
    results: dict[str, Any] = {"columns": columns(engine, "plays")}
    table = sa.Table("plays", sa.MetaData(), autoload_with=engine)
    results["table"] = [column.name for column in table.columns]
    results["primary_key"] = [column.name for column in table.primary_key]
    results["foreign_keys"] = [key.target_fullname for key in table.foreign_keys]
    metadata = sa.MetaData()
    metadata.reflect(engine, views=True)
    results["metadata"] = sorted(metadata.tables)
    metadata.drop_all(engine, [metadata.tables["plays"]])
    metadata.create_all(engine, [metadata.tables["plays"]])
    results["made_again"] = columns(engine, "plays")
    for row in ((1, "Ägir"), (2, "it's %s")):
        frame = pd.DataFrame([row], columns=["id", "title"])
        frame.to_sql("frame", engine, index=False, if_exists="replace")
    results["frame"] = pd.read_sql_table("frame", engine).values.tolist()
    json.dump(results, sys.stdout)


main(sys.argv[1])
