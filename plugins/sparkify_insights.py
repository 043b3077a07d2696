"""The navigation entry 'Sparkify' of Airflow's UI, and the pages behind it.

Airflow imports this file in each of its processes. So nothing is imported here that only the
API server needs: the application is made when it is first asked.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

from airflow.plugins_manager import AirflowPlugin


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application."""
    app = await asyncio.to_thread(_application)
    await app(scope, receive, send)


@cache
def _application() -> Any:
    from airflow.sdk.configuration import conf

    from sparkify.insights.app import make_app
    from sparkify.insights.reading import Reader

    return make_app(Reader(conf.get("sparkify", "insights_conn_id", fallback="redshift_default")))


class SparkifyInsights(AirflowPlugin):
    """See sparkify.insights."""

    name = "sparkify_insights"
    fastapi_apps = [{"app": pages, "url_prefix": "/sparkify", "name": "Sparkify"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Sparkify",
            "href": "/sparkify/",
            "url_route": "sparkify",
            "destination": "nav",
        }
    ]
