"""What a task read and wrote, for OpenLineage: objects, tables, columns and assertions.

How it works: Airflow's OpenLineage provider asks an operator for this when its task has ended. It
does so only if a transport is configured. The provider's own parser reads from the SELECT which
column comes from which.

What it does not do: it does not name more than a hundred objects. Their folder stands for them.

Source: OpenLineage's specification, "Naming conventions", and the facets it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os.path import commonprefix
from typing import TYPE_CHECKING, Any

from sparkify.loads.objects import S3Object
from sparkify.warehouse.place import Place
from sparkify.warehouse.statements import without_values

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.event_v2 import InputDataset, OutputDataset

    from sparkify.quality.checks import AnyCheck, CheckResult

_MOST_OBJECTS = 100


def staged(
    place: Place, table: str, objects: Sequence[S3Object], rows: int | None
) -> OperatorLineage:
    """Objects of S3 in, a staging table out."""
    from airflow.providers.openlineage.extractors import OperatorLineage

    return OperatorLineage(
        inputs=[_input(f"s3://{bucket}", key) for bucket, key in _named(objects)],
        outputs=[_output(place, table, rows, {})],
    )


def loaded(place: Place, table: str, select: str, rows: int | None) -> OperatorLineage:
    """The tables of a SELECT in, the table that its rows went to out, by column."""
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.facet_v2 import column_lineage_dataset, sql_job

    parsed = _parsed(f"insert into {table}\n{without_values(select)}")
    sources = [source.qualified_name for source in parsed.in_tables]
    fields = {
        column.descendant.name: column_lineage_dataset.Fields(
            [
                column_lineage_dataset.InputField(
                    place.namespace, place.name(origin.origin.qualified_name), origin.name
                )
                for origin in column.lineage
                if origin.origin and origin.origin.qualified_name in sources
            ]
        )
        for column in parsed.column_lineage
    }
    known = {name: field for name, field in fields.items() if field.inputFields}
    by_column = column_lineage_dataset.ColumnLineageDatasetFacet(known)
    return OperatorLineage(
        inputs=[_input(place.namespace, place.name(source)) for source in sources],
        outputs=[_output(place, table, rows, {"columnLineage": by_column} if known else {})],
        job_facets={"sql": sql_job.SQLJobFacet(query=select)},
    )


def checked(
    place: Place, checks: Sequence[AnyCheck], results: Sequence[CheckResult]
) -> OperatorLineage:
    """Tables that were checked, each with the results of its checks.

    :param results: of the checks in their order, of as many as were run.
    """
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as quality

    by_table: dict[str, list[CheckResult]] = {}
    for check, result in zip(checks, results, strict=False):
        if table := _judged(check):
            by_table.setdefault(table, []).append(result)
    return OperatorLineage(
        inputs=[
            _input(
                place.namespace,
                place.name(table),
                dataQualityAssertions=quality.DataQualityAssertionsDatasetFacet(
                    [
                        quality.Assertion(
                            assertion=result.name,
                            success=not result.failing_rows,
                            severity="error" if result.severity == "error" else "warn",
                            description=result.header.rule,
                            actual=f"{result.failing_rows} rows break it",
                        )
                        for result in of_table
                    ]
                ),
            )
            for table, of_table in by_table.items()
        ]
    )


def _judged(check: AnyCheck) -> str | None:
    """The table whose rows a check judges: of those that it reads, the one in its name.

    None if it reads no table.
    """
    tables = [table.qualified_name for table in _parsed(without_values(check.sql)).in_tables]
    named = [table for table in tables if check.name.startswith(table)]
    return max(named, key=len) if named else next(iter(tables), None)


def _parsed(sql: str) -> Any:
    from openlineage_sql import parse

    return parse([sql], dialect="redshift")


def _named(objects: Sequence[S3Object]) -> list[tuple[str, str]]:
    if len(objects) <= _MOST_OBJECTS:
        return [(item.bucket, item.key) for item in objects]
    folder = commonprefix([item.key for item in objects]).rpartition("/")[0]  # noqa: RUF071 - a key has no parts
    return [(objects[0].bucket, folder or "/")]


def _input(namespace: str, name: str, **facets: Any) -> InputDataset:
    from openlineage.client.event_v2 import InputDataset

    return InputDataset(namespace, name, inputFacets=facets)


def _output(place: Place, table: str, rows: int | None, facets: Mapping[str, Any]) -> OutputDataset:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    counted: dict[str, Any] = {}
    if rows is not None:
        counted["outputStatistics"] = statistics.OutputStatisticsOutputDatasetFacet(rows)
    return OutputDataset(
        place.namespace, place.name(table), outputFacets=counted, facets=dict(facets)
    )
