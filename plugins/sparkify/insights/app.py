"""The pages in Airflow: a small web application that the API server mounts at /sparkify.

Users who may see the DAG `sparkify_etl` may see the pages, with any log-in that Airflow has; nobody
else may. The browser sends days, filters and names, which are checked, and no SQL.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from sparkify.insights.answers import EXPORTED_ROWS, INSIGHTS, TABS, TRUST, insight, trust_in
from sparkify.insights.charts import picture
from sparkify.insights.questions import QUESTIONS
from sparkify.insights.reading import NotRead, Reader
from sparkify.insights.rendering import STATIC, insights_page, message_page, tab_path, trust_page
from sparkify.insights.selection import (
    Available,
    InvalidSelection,
    Selection,
    asked_selection,
    last_days,
)

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
Filter = Annotated[str | None, Query(max_length=500)]


@dataclass
class Asked:
    """The parameters of a page and of its exports."""

    first: Day = None
    last: Day = None
    level: Filter = None
    location: Filter = None
    days: Annotated[int | None, Query(ge=1, le=1000)] = None

    def query(self) -> str:
        """The query string that has them all, checked or not."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def selection(self, available: Available) -> Selection:
        """
        :raises InvalidSelection: one is invalid.
        """
        return asked_selection(asdict(self), self.days, available)


AskedFor = Annotated[Asked, Depends()]


def make_app(reader: Reader) -> FastAPI:
    """The application, which reads by `reader`."""
    app = FastAPI(title="Sparkify", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(_pages(reader))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_exception_handler(HTTPException, _say_why)
    app.add_exception_handler(InvalidSelection, _say_bad_selection)
    app.add_exception_handler(NotRead, _say_no_warehouse)
    return app


def _pages(reader: Reader) -> APIRouter:
    """Reading waits for the warehouse, so each is a plain function, which gets a thread."""
    router = APIRouter(dependencies=[Depends(requires_access_dag("GET", param_dag_id=DAG_ID))])
    for tab in TABS:
        router.get(f"/{tab_path(tab)}", response_class=HTMLResponse)(_show_tab(reader, tab))

    @router.get("/trust", response_class=HTMLResponse)
    def show_trust(asked: AskedFor) -> Response:
        return _html(trust_page(reader.trust(), query=asked.query()))

    @router.get("/export/{name}.csv")
    def export_insight(name: str, asked: AskedFor) -> Response:
        _check_name(name, INSIGHTS)
        selection = asked.selection(_available(reader))
        answer = reader.read(lambda warehouse: insight(warehouse, name, selection, EXPORTED_ROWS))
        return _csv(answer.as_csv(), _file_name(name, selection))

    @router.get("/export/{name}.svg")
    def export_chart(name: str, asked: AskedFor) -> Response:
        chart = QUESTIONS[name].chart if name in QUESTIONS else None
        if chart is None:
            raise HTTPException(404, f"There is no chart {name[:60]!r} to export.")
        selection = asked.selection(_available(reader))
        answer = reader.read(lambda warehouse: insight(warehouse, name, selection))
        svg = picture(chart, answer.records(), selection, answer.question)
        return _download(svg, f"{_file_name(name, selection)}.svg", "image/svg+xml")

    @router.get("/export/trust/{name}.csv")
    def export_trust(name: str) -> Response:
        _check_name(name, TRUST)
        answer = reader.read(lambda warehouse: trust_in(warehouse, name, EXPORTED_ROWS))
        return _csv(answer.as_csv(), name)

    return router


def _show_tab(reader: Reader, tab: str) -> Callable[[AskedFor], Response]:
    def show(asked: AskedFor) -> Response:
        error, available = "", _available(reader)
        try:
            selection = asked.selection(available)
        except InvalidSelection as wrong:
            selection = last_days(available.last_day)
            error = f"{wrong}. The page shows {selection}."
        page = insights_page(reader.insights(tab, selection), available, error=error)
        return _html(page, status=400 if error else 200)

    return show


class _NothingYet(HTTPException):
    def __init__(self) -> None:
        super().__init__(
            404,
            "No play has been loaded yet. Trigger the DAG sparkify_etl for a window that has"
            " files, then come back.",
        )


def _available(reader: Reader) -> Available:
    available = reader.available()
    if available is None:
        raise _NothingYet
    return available


def _check_name(name: str, known: Collection[str]) -> None:
    if name not in known:
        raise HTTPException(404, f"There is no {name[:60]!r} to export.")


def _file_name(name: str, selection: Selection) -> str:
    """Without the filters: a location is no part of a file's name."""
    some = "_filtered" if selection.filters() else ""
    return f"{name}_{selection.first}_{selection.last}{some}"


def _csv(text: str, name: str) -> Response:
    """A file with the mark by which spreadsheets know UTF-8."""
    return _download(f"\ufeff{text}", f"{name}.csv", "text/csv")


def _download(text: str, name: str, media_type: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="sparkify_{name}"'}
    return Response(text, media_type=media_type, headers=_SECURITY | disposition)


def _html(page: str, *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status_code=status, headers=_SECURITY)


async def _say_why(_: Request, error: Any) -> Response:
    title = {
        401: "Log in to Airflow first",
        403: "Not for this user",
        404: "Nothing here",
    }.get(error.status_code, "That did not work")
    return _html(message_page(title, str(error.detail)), status=error.status_code)


async def _say_bad_selection(_: Request, error: Any) -> Response:
    return _html(message_page("No such period or filter", str(error)), status=400)


async def _say_no_warehouse(_: Request, error: Any) -> Response:
    log.error("The insights could not be read", exc_info=error)
    return _html(message_page("No answer from the warehouse", str(error)), status=503)
