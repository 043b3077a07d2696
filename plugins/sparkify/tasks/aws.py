"""The S3 client of an Airflow connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook
    from botocore.config import Config


def s3_client(hook: S3Hook, limits: Config | None = None) -> Any:
    """A boto3 client of S3 for the hook's connection, with `sparkify` in its user agent.

    ``S3Hook.get_conn`` names the operator there. It looks for it by ``inspect.stack``, which takes
    about 0.05 s of CPU time per task.

    :param limits: timeouts and retries that override the connection's.
    """
    from botocore.config import Config

    names = f"{hook.config.user_agent_extra or ''} sparkify".strip()
    config = hook.config.merge(Config(user_agent_extra=names))
    return hook.get_session().client(
        "s3",
        endpoint_url=hook.conn_config.get_service_endpoint_url("s3"),
        config=config.merge(limits) if limits else config,
        verify=hook.verify,
    )
