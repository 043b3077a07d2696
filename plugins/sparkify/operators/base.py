"""What the project's operators share: a connection and a window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from sparkify.failures import describe
from sparkify.model import StarTable, Table
from sparkify.quality.checks import ChecksFailed
from sparkify.quality.gate import Gate
from sparkify.tasks.failing_fast import failing_fast
from sparkify.warehouse.place import Place
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import statement
from sparkify.window import ALL_TIME, Window, resolve_window

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage


class RedshiftOperator(BaseOperator):
    """An operator that runs statements in Redshift.

    :param redshift_conn_id: a connection of type `redshift` or `postgres`.
    :param repair: load again what the staging tables have, not only what is new. If the run's
        parameters name no window, all time is loaded.
    """

    def __init__(
        self, *, redshift_conn_id: str = "redshift_default", repair: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.redshift_conn_id = redshift_conn_id
        self.repair = repair
        self._warehouse: Warehouse | None = None
        self._place: Place | None = None
        self._rows: int | None = None  # that the task has written, once it has

    def pre_execute(self, context: Any) -> None:
        """Refuse a window that cannot be loaded, before anything is connected to.

        :raises AirflowFailException: the form's fields make no window.
        """
        super().pre_execute(context)
        if "window_start" in context["params"]:
            self.window_in(context)

    def window_in(self, context: Mapping[str, Any]) -> Window:
        """The window of the task's run."""
        return window_of(context, otherwise=ALL_TIME if self.repair else None)

    @contextmanager
    def connect(self) -> Iterator[Warehouse]:
        """Connect to the warehouse. ``on_kill`` cancels what runs there.

        Redshift itself ends a statement that runs longer than the task may. Otherwise a worker
        that is lost would leave a transaction that keeps its locks.
        """
        try:
            with Warehouse.connect(
                self.redshift_conn_id, self.execution_timeout
            ) as self._warehouse:
                self._place = self._warehouse.place
                yield self._warehouse
        finally:
            self._warehouse = None

    def checked(self, warehouse: Warehouse, table: Table, context: Mapping[str, Any]) -> Gate:
        """The checks that a load of the table must pass before it commits."""
        return Gate(
            warehouse, table, self.window_in(context), provenance(context), repair=self.repair
        )

    def window_has_rows(self, warehouse: Warehouse, table: StarTable, window: Window) -> bool:
        """Whether a load of the window has anything to do.

        It has nothing to do if neither the table nor its staging table has rows in the window,
        and no load has ever staged any. No lock is needed: a load that is not committed yet
        cannot have rows that were never staged.
        """
        if table.event_time is None or window == ALL_TIME:  # which has the rows of no time, too
            return True
        sql = statement(
            "operators/window_has_rows.sql",
            table=table.name,
            event_time=table.event_time,
            source=table.loaded_from.name,
            source_time=str(table.loaded_from.event_time),
        )
        source = {"source_table": table.loaded_from.name}
        if warehouse.query(sql, window.bindings() | source):
            return True
        self.log.info("%s: no rows in the window: only the checks run", table.name)
        return False

    @contextmanager
    def keeping_failures(self, table: Table, context: Mapping[str, Any]) -> Iterator[None]:
        """Record in `quality_results` a failure that Airflow does not retry.

        A new connection is used, because the task's own may be what failed.
        """
        from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

        try:
            yield
        except AirflowSkipException:
            raise
        except Exception as error:
            is_last = isinstance(error, AirflowFailException) or _is_last_try(context)
            if is_last and not isinstance(error.__cause__, ChecksFailed):  # whose results are kept
                with suppress(Exception), Warehouse.connect(self.redshift_conn_id) as warehouse:
                    self.checked(warehouse, table, context).keep_failure(describe(error))
            raise

    def report(self, context: Mapping[str, Any], subject: str, counts: Mapping[str, int]) -> None:
        """Emit one gauge `sparkify.SUBJECT.NAME` per count, if Airflow's metrics are on.

        The events of the task's assets get the counts and the window.
        """
        from airflow.sdk.observability import stats

        for name, count in counts.items():
            stats.gauge(f"sparkify.{subject}.{name}", count)
        for asset in self.outlets:
            context["outlet_events"][asset].extra = {
                **{name: str(at) for name, at in self.window_in(context).bindings().items()},
                **counts,
            }

    def get_openlineage_facets_on_complete(self, _: Any) -> OperatorLineage | None:
        """What the task read and wrote, for OpenLineage's listener, even if the task failed."""
        return self.lineage_in(self._place) if self._place else None

    def lineage_in(self, place: Place) -> OperatorLineage | None:  # noqa: ARG002 - for others
        """See ``sparkify.operators.lineage``; None where there is nothing to tell."""
        return None

    def on_kill(self) -> None:
        """Cancel the statement that runs on the server; its transaction is rolled back."""
        if self._warehouse is not None:
            self.log.warning("Killed: the running statement is cancelled")
            self._warehouse.cancel()


def _is_last_try(context: Mapping[str, Any]) -> bool:
    task_instance = context["ti"]
    return bool(task_instance.try_number > task_instance.max_tries)


def window_of(context: Mapping[str, Any], *, otherwise: Window | None = None) -> Window:
    """The window of the run that a task is part of; see ``resolve_window``.

    :raises AirflowFailException: the run's parameters make none, at any try.
    """
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    with failing_fast():
        return resolve_window(
            context["params"],
            interval=(start, end) if start and end else None,
            run_after=context["dag_run"].run_after,
            otherwise=otherwise,
        )


def provenance(context: Mapping[str, Any]) -> dict[str, str]:
    """Which run and task a row was written by."""
    task_instance = context["ti"]
    return {
        "dag_id": task_instance.dag_id,
        "run_id": task_instance.run_id,
        "task_id": task_instance.task_id,
    }
