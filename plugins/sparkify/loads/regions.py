"""The region of the buckets that COPY reads.

COPY has one REGION for the manifest, its objects and the jsonpaths file, so all of them must be in
one region. That region can differ from the cluster's, and from the region of the AWS connection,
which Airflow uses to find the cluster and to ask for passwords.

Source: Redshift's manual, "COPY from Amazon S3", REGION; Amazon S3's API reference, "HeadBucket".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sparkify.failures import LoadRefused, is_lasting
from sparkify.loads.objects import naming

_HEADER = "x-amz-bucket-region"


def common_region(client: Any, source: str, others: Sequence[str]) -> str | None:
    """Return the region that the source bucket and the others are in; None if S3 does not say.

    :param others: names of the buckets that have the manifests and the jsonpaths file.
    :raises LoadRefused: one is in another region.
    """
    region = bucket_region(client, source)
    for bucket in dict.fromkeys(others):
        if bucket == source:
            continue
        other = bucket_region(client, bucket)
        if region and other and region != other:
            raise LoadRefused(
                f"COPY cannot read s3://{source} and s3://{bucket} together: the first is in"
                f" {region}, the second in {other}. Use a bucket in {region} for the second"
            )
    return region


def bucket_region(client: Any, bucket: str) -> str | None:
    """Ask S3 where a bucket is. The answer has it also where access is denied."""
    from botocore.exceptions import ClientError

    try:
        with naming(f"s3://{bucket}"):
            answer = client.head_bucket(Bucket=bucket)
    except ClientError as error:
        if not is_lasting(error):
            raise
        answer = error.response  # a bucket that is not there is told of when it is listed
    return region_in(answer)


def region_in(answer: Mapping[str, Any]) -> str | None:
    """Return the region that S3's answer to HeadBucket names."""
    region: str | None = answer["ResponseMetadata"]["HTTPHeaders"].get(_HEADER)
    return region
