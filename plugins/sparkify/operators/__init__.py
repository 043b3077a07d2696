"""The project's operators: create, stage, load, check, report, forget."""

from sparkify.operators.audit import AuditOperator
from sparkify.operators.clean import CleanOperator
from sparkify.operators.data_quality import DataQualityOperator
from sparkify.operators.find_unsettled_days import FindUnsettledDaysOperator
from sparkify.operators.forget_user import ForgetUserOperator
from sparkify.operators.load_dimension import LoadDimensionOperator
from sparkify.operators.load_fact import LoadFactOperator
from sparkify.operators.migrate_schema import MigrateSchemaOperator
from sparkify.operators.report_catch_up import ReportCatchUpOperator
from sparkify.operators.report_insights import ReportInsightsOperator
from sparkify.operators.stage_to_redshift import StageToRedshiftOperator

__all__ = [
    "AuditOperator",
    "CleanOperator",
    "DataQualityOperator",
    "FindUnsettledDaysOperator",
    "ForgetUserOperator",
    "LoadDimensionOperator",
    "LoadFactOperator",
    "MigrateSchemaOperator",
    "ReportCatchUpOperator",
    "ReportInsightsOperator",
    "StageToRedshiftOperator",
]
