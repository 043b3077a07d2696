"""The project's operators: create, stage, load, check, report."""

from sparkify.operators.data_quality import DataQualityOperator
from sparkify.operators.load_dimension import LoadDimensionOperator
from sparkify.operators.load_fact import LoadFactOperator
from sparkify.operators.migrate_schema import MigrateSchemaOperator
from sparkify.operators.report_insights import ReportInsightsOperator
from sparkify.operators.stage_to_redshift import StageToRedshiftOperator

__all__ = [
    "DataQualityOperator",
    "LoadDimensionOperator",
    "LoadFactOperator",
    "MigrateSchemaOperator",
    "ReportInsightsOperator",
    "StageToRedshiftOperator",
]
