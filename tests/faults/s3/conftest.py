"""A Redshift endpoint and an Airflow connection that both read S3 through a faulty proxy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import SETTINGS, Endpoint, data_folder, run_endpoint
from tests.faults.s3.s3_proxy import S3Proxy


@pytest.fixture(scope="session")
def proxy_of_all(s3_endpoint: str) -> Iterator[S3Proxy]:
    proxy = S3Proxy(s3_endpoint)
    yield proxy
    proxy.shutdown()


@pytest.fixture
def proxy(proxy_of_all: S3Proxy) -> Iterator[S3Proxy]:
    """The proxy, initially without faults."""
    yield proxy_of_all
    proxy_of_all.faults.clear()


@pytest.fixture(scope="session")
def endpoint(proxy_of_all: S3Proxy) -> Iterator[Endpoint]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_MAX_ATTEMPTS", "3")  # each one waits twice as long as the one before
        with run_endpoint(proxy_of_all.url, data_folder() / "data", **SETTINGS) as started:
            yield started


@pytest.fixture
def storage(proxy: S3Proxy) -> str:
    return proxy.url
