"""Starts an S3 server and a Redshift endpoint on free ports, for one run."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

BUCKET = "conformance"


@contextmanager
def local_servers(
    endpoint_options: Sequence[str] = (), conn_type: str = "redshift"
) -> Iterator[str]:
    """Start both, and define Airflow's connections `redshift_default` and `aws_default`.

    :param endpoint_options: more options of `python -m local.redshift`.
    :param conn_type: the connection's type, `redshift` or `postgres`.
    :returns: the name of an empty bucket.
    """
    from moto.server import ThreadedMotoServer

    from local.redshift.process import running_endpoint
    from local.s3 import ACCESS_KEY, REGION, client

    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # it logs every request
    with ExitStack() as stack:
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        stack.callback(server.stop)
        s3_url = "http://{}:{}".format(*server.get_host_and_port())
        location = {"LocationConstraint": REGION}
        client(s3_url).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="sparkify-conformance-")))
        folder.chmod(0o755)  # PostgreSQL may run as another user
        endpoint = running_endpoint(folder / "data", s3_url, endpoint_options)
        _, port = stack.enter_context(endpoint)
        warehouse = {
            "conn_type": conn_type,
            "host": "127.0.0.1",
            "port": port,
            "login": "awsuser",
            "password": "not-asked-for",
            "schema": "dev",
            "extra": {"ssl": False} if conn_type == "redshift" else {"sslmode": "disable"},
        }
        s3 = {
            "conn_type": "aws",
            "login": ACCESS_KEY,
            "password": "not-asked-for",
            "extra": {"endpoint_url": s3_url, "region_name": REGION},
        }
        os.environ["AIRFLOW_CONN_REDSHIFT_DEFAULT"] = json.dumps(warehouse)
        os.environ["AIRFLOW_CONN_AWS_DEFAULT"] = json.dumps(s3)
        yield BUCKET
