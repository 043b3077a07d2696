"""The pages in Airflow: a small web application that the API server mounts at /sparkify.

Users who may see the DAG `sparkify_etl` may see the pages, with any log-in that Airflow has; nobody
else may. The browser sends days and names, which are checked, and no SQL.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import date, timedelta
from typing import Annotated, Any

from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from sparkify.insights.answers import EXPORTED_ROWS, INSIGHTS, TRUST, Answer, insight, trust_in
from sparkify.insights.period import InvalidPeriod, Period, asked_period, default_period
from sparkify.insights.reading import NotRead, Reader
from sparkify.insights.rendering import STATIC, insights_page, message_page, trust_page

log = logging.getLogger(__name__)

DAG_ID = "sparkify_etl"
_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src data:;"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}

Day = Annotated[str | None, Query(max_length=40)]


def make_app(reader: Reader) -> FastAPI:
    """The application, which reads by `reader`."""
    app = FastAPI(title="Sparkify", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(_pages(reader))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(HTTPException, _say_why)
    app.add_exception_handler(InvalidPeriod, _say_bad_period)
    app.add_exception_handler(NotRead, _say_no_warehouse)
    return app


def _pages(reader: Reader) -> APIRouter:
    """Reading waits for the warehouse, so each is a plain function, which gets a thread."""
    router = APIRouter(dependencies=[Depends(requires_access_dag("GET", param_dag_id=DAG_ID))])

    @router.get("/", response_class=HTMLResponse)
    def show_insights(
        first: Day = None,
        last: Day = None,
        days: Annotated[int | None, Query(ge=1, le=1000)] = None,
    ) -> Response:
        newest = _newest(reader)
        error = ""
        try:
            period = _last_days(newest, days) if days else _asked(first, last, newest)
        except InvalidPeriod as wrong:
            period, error = default_period(newest), f"{wrong}. This is {default_period(newest)}."
        page = insights_page(reader.insights(period), last_day=newest, error=error)
        return _html(page, status=400 if error else 200)

    @router.get("/trust", response_class=HTMLResponse)
    def show_trust() -> Response:
        return _html(trust_page(reader.trust()))

    @router.get("/export/{name}.csv")
    def export_insight(name: str, first: Day = None, last: Day = None) -> Response:
        _check_name(name, INSIGHTS)
        period = _asked(first, last, _newest(reader))
        answer = reader.read(lambda warehouse: insight(warehouse, name, period, EXPORTED_ROWS))
        return _csv(answer, f"{name}_{period.first}_{period.last}")

    @router.get("/export/trust/{name}.csv")
    def export_trust(name: str) -> Response:
        _check_name(name, TRUST)
        answer = reader.read(lambda warehouse: trust_in(warehouse, name, EXPORTED_ROWS))
        return _csv(answer, name)

    return router


class _NothingYet(HTTPException):
    def __init__(self) -> None:
        super().__init__(
            404,
            "No play has been loaded yet. Trigger the DAG sparkify_etl for a window that has"
            " files, then come back.",
        )


def _newest(reader: Reader) -> date:
    newest = reader.last_day()
    if newest is None:
        raise _NothingYet
    return newest


def _asked(first: str | None, last: str | None, newest: date) -> Period:
    return asked_period({"first": first, "last": last}, newest)


def _last_days(newest: date, days: int) -> Period:
    return Period(newest - timedelta(days=days - 1), newest)


def _check_name(name: str, known: Collection[str]) -> None:
    if name not in known:
        raise HTTPException(404, f"There is no {name[:60]!r} to export.")


def _csv(answer: Answer, name: str) -> Response:
    """A download, with the mark by which spreadsheets know UTF-8."""
    disposition = {"Content-Disposition": f'attachment; filename="sparkify_{name}.csv"'}
    text = "\ufeff" + answer.as_csv()
    return Response(text, media_type="text/csv", headers=_SECURITY | disposition)


def _html(page: str, *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status_code=status, headers=_SECURITY)


async def _say_why(_: Request, error: Any) -> Response:
    title = {
        401: "Log in to Airflow first",
        403: "Not for this user",
        404: "Nothing here",
    }.get(error.status_code, "That did not work")
    return _html(message_page(title, str(error.detail)), status=error.status_code)


async def _say_bad_period(_: Request, error: Any) -> Response:
    return _html(message_page("No such period", str(error)), status=400)


async def _say_no_warehouse(_: Request, error: Any) -> Response:
    log.error("The insights could not be read", exc_info=error)
    return _html(message_page("No answer from the warehouse", str(error)), status=503)
