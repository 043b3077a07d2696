"""The navigation entry 'Sparkify' of Airflow's UI, and the pages behind it.

Airflow imports this file in each of its processes, so it imports nothing that only the API server
needs. The application is created when the first request comes, or some seconds after the server's
start, so that the first user does not wait for it.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from airflow.plugins_manager import AirflowPlugin

WARM_UP_AFTER = 5.0  # seconds: the server's own start comes first


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application."""
    app = await asyncio.to_thread(_application)
    await app(scope, receive, send)


@cache
def _application() -> Any:
    from airflow.sdk.configuration import conf

    from sparkify.insights.app import make_app
    from sparkify.insights.reading import Reader

    conn_id = conf.get("sparkify", "insights_conn_id", fallback="redshift_default")
    return make_app(Reader(conn_id, _sources))


def _sources() -> tuple[Any, str]:
    """A client of S3, and the bucket of the sources.

    The client gives up early: all pages wait while one of them is read, and boto3 otherwise tries
    for minutes if there is no way to S3.
    """
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from airflow.sdk import Variable
    from botocore.config import Config

    from sparkify.tasks.aws import s3_client

    bucket = Variable.get("sparkify_source_bucket", default="udacity-dend")
    limits = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2})
    return s3_client(S3Hook(aws_conn_id="aws_default"), limits), bucket


def warm_up() -> None:
    """Bring up what the first page needs: imports, templates, and the drawing of charts.

    Nothing is read: that might wake a cluster that sleeps.
    """
    import airflow.providers.amazon.aws.hooks.redshift_sql  # noqa: F401 - the driver comes with it

    from sparkify.insights.charts import warm_up as draw_first
    from sparkify.insights.rendering import compile_templates

    _application()
    compile_templates()
    draw_first()


@asynccontextmanager
async def _warming_up(_: Any) -> AsyncIterator[None]:
    timer = threading.Timer(WARM_UP_AFTER, warm_up)
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()


def _served() -> Any:
    """`pages`, with a start of its own where there is an API server, which has FastAPI."""
    if "fastapi" not in sys.modules:
        return pages
    from fastapi import FastAPI

    app = FastAPI(lifespan=_warming_up, docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/", pages)
    return app


class SparkifyInsights(AirflowPlugin):
    """See sparkify.insights."""

    name = "sparkify_insights"
    fastapi_apps = [{"app": _served(), "url_prefix": "/sparkify", "name": "Sparkify"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Sparkify",
            "href": "/sparkify/",
            "url_route": "sparkify",
            "destination": "nav",
        }
    ]
