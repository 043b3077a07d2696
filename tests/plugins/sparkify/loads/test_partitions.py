"""Which keys of a source belong to which partition."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sparkify.loads.objects import Listing, S3Object
from sparkify.loads.partitions import sort_objects
from sparkify.window import Window

DAY = Window(datetime(2018, 1, 5, tzinfo=UTC), datetime(2018, 1, 6, tzinfo=UTC))


@pytest.mark.parametrize(
    "template",
    [
        "log/%Y/%m/%Y-%m-%d-events.json",
        "log/%Y/%-m/%-d.json",
        "log/%d-%b-%y.json",
        "log/%Y%m%d/",
        "log/%Y/%j",
    ],
)
def test_a_partitions_own_key_is_found_whatever_its_template(template):
    key = DAY.start.strftime(template)
    item = S3Object("bucket", key + ("part" if key.endswith("/") else ""), "etag", 1)
    state = sort_objects(Listing((item,), ()), template, [DAY])
    assert [partition.objects for partition in state.partitions] == [(item,)]
    assert state.unclaimed == ()
