"""COPY gets its buckets' regions from S3, and is not sent if it cannot work."""

from __future__ import annotations

import re
import uuid

import pytest
from airflow.sdk.exceptions import AirflowFailException

from local.redshift.history.statement_record import read_record
from sparkify.loads.regions import bucket_region
from tests.support.aws import aws_client
from tests.support.runs import event, put_lines, put_paths, query, run

HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
KEY = "log_data/2018/11/2018-11-05-events.json"
ELSEWHERE = "eu-central-1"


@pytest.fixture
def distant(s3_endpoint: str) -> str:
    """A bucket in another region than the endpoint's and the connection's."""
    name = f"test-{uuid.uuid4().hex}"
    aws_client("s3", s3_endpoint, ELSEWHERE).create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": ELSEWHERE}
    )
    return name


def test_a_buckets_region_comes_from_s3(s3, bucket, distant):
    assert bucket_region(s3, bucket) == "us-west-2"
    assert bucket_region(s3, distant) == ELSEWHERE
    assert bucket_region(s3, "test-of-nobody") is None


def test_a_source_in_another_region_than_the_aws_connection_is_loaded(
    s3, distant, stage_events, warehouse, endpoint
):
    put_lines(s3, distant, KEY, [event("2018-11-05T10:15:00")])
    put_paths(s3, distant)
    before = len(read_record(endpoint.record))
    run(stage_events(bucket=distant), HOUR)
    assert query(warehouse, "select count(*) from staging_events") == [(1,)]
    copies = [sql for sql in read_record(endpoint.record)[before:] if sql.startswith("copy ")]
    assert [re.findall(r"region '(.*)'", sql) for sql in copies] == [[ELSEWHERE]]


def test_buckets_in_two_regions_fail_before_anything_is_loaded(
    bucket, distant, stage_events, endpoint
):
    before = len(read_record(endpoint.record))
    message = (
        rf"s3://{bucket} and s3://{distant} together: the first is in us-west-2, the second in"
        rf" {ELSEWHERE}\. Use a bucket in us-west-2"
    )
    with pytest.raises(AirflowFailException, match=message):
        run(stage_events(work_bucket=distant), HOUR)
    sent = " ".join(read_record(endpoint.record)[before:]).lower()
    assert "insert into quality_results" in sent  # for the page Trust
    assert not re.search(r"\b(copy|create|delete)\b", sent)
