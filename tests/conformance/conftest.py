"""A target on this worker's endpoint and S3 server, and a factory for probes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conformance.probe import Probe
from conformance.target import Target, open_target


@pytest.fixture
def target(connections: None, bucket: str) -> Iterator[Target]:
    with open_target("redshift_default", bucket) as opened:
        yield opened


@pytest.fixture
def probe_of() -> Callable[..., Probe]:
    """Creates a probe from a function."""

    def make(look: Callable[[Target], str], **more: Any) -> Probe:
        return Probe("Topic", "It does", "r_PAGE", "we rely on it", look, **more)

    return make


def schemas(session: Any) -> list[str]:
    """The existing scratch schemas."""
    rows = session.query("select nspname from pg_namespace where nspname like 'conformance%%'")
    return [name for (name,) in rows]
