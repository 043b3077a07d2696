"""`sparkify_catch_up` can also run when S3 reports that a file has landed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import boto3
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable

from local.s3 import ACCESS_KEY, REGION, SECRET_KEY
from sparkify.tasks.assets import nightly_or_when_files_land
from tests.support.runs import ROOT

CRON = "30 2 * * *"


@pytest.fixture
def queue(s3: Any) -> Any:
    """An SQS queue beside the buckets: a client, and the queue's address."""
    client = boto3.client(
        "sqs",
        endpoint_url=s3.meta.endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
    )
    url = client.create_queue(QueueName="landed")["QueueUrl"]
    yield client, url
    client.delete_queue(QueueUrl=url)


def test_without_a_queue_there_is_only_the_clock():
    assert nightly_or_when_files_land(CRON) == CronTriggerTimetable(CRON, timezone="UTC")


def test_with_a_queue_a_message_about_a_file_starts_the_dag(queue, connections, monkeypatch):
    client, url = queue
    monkeypatch.setenv("AIRFLOW__SPARKIFY__SOURCE_EVENTS_QUEUE", url)
    schedule = nightly_or_when_files_land(CRON)
    assert isinstance(schedule, AssetOrTimeSchedule)
    (files,) = schedule.asset_condition.objects
    (watcher,) = files.watchers
    landed = {"Records": [{"s3": {"object": {"key": "log_data/2018/11/2018-11-05-events.json"}}}]}
    client.send_message(QueueUrl=url, MessageBody=json.dumps(landed))

    async def first_event() -> Any:
        return await asyncio.wait_for(anext(watcher.trigger.run()), 30)

    event = asyncio.run(first_event())
    (message,) = event.payload["message_batch"]
    assert json.loads(message["Body"]) == landed
    assert "Messages" not in client.receive_message(QueueUrl=url)


def test_the_dag_takes_the_queue_from_the_configuration(monkeypatch):
    monkeypatch.setenv(
        "AIRFLOW__SPARKIFY__SOURCE_EVENTS_QUEUE", "https://sqs.us-west-2.amazonaws.com/1/landed"
    )
    bag = DagBag(str(ROOT / "dags" / "sparkify_catch_up.py"))
    assert bag.import_errors == {}
    (files,) = bag.dags["sparkify_catch_up"].timetable.asset_condition.objects
    assert files.name == "sparkify.source_files"
