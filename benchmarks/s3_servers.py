"""Compares the stack's S3 server with moto's: PUT, GET and listing of small objects.

`python -m benchmarks.s3_servers` measures both with equal clients, and prints seconds. It fails if
the stack's server takes more than LIMIT of moto's time for any of them.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import obstore
from obstore.store import S3Store

from benchmarks.servers import free_port, wait_for_port
from local import aws, s3
from local.postgres import end_with_parent

LIMIT = 0.8
BODY = b'{"num_songs": 1, "title": "Song", "duration": 218.93179, "year": 0}' * 4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=5_000)
    objects = parser.parse_args().objects
    keys = [f"song_data/{n % 26}/{n // 26 % 26}/{n}.json" for n in range(objects)]
    with TemporaryDirectory(prefix="sparkify-benchmark-") as folder:
        port = free_port()
        rclone = _measure(s3.server_command(port, Path(folder)), port, keys)
    port = free_port()
    moto = _measure(aws.server_command(port), port, keys)
    ratios = [rclone[name] / moto[name] for name in moto]
    for name, ratio in zip(moto, ratios, strict=True):
        print(f"{name:12} rclone {rclone[name]:6.2f} s  moto {moto[name]:6.2f} s  {ratio:.2f}")
    print(f"highest ratio {max(ratios):.2f}, limit {LIMIT}")
    return 0 if max(ratios) <= LIMIT else 1


def _measure(command: list[str], port: int, keys: list[str]) -> dict[str, float]:
    """The seconds of each operation on a new server."""
    seconds: dict[str, float] = {}
    url, bucket = f"http://127.0.0.1:{port}", s3.SOURCE_BUCKET
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent)
    try:
        began = time.perf_counter()
        wait_for_port(port, server)
        seconds["start"] = time.perf_counter() - began
        client = s3.client(url)
        s3.create_buckets(client)
        store = S3Store(
            bucket,
            endpoint=url,
            region=s3.REGION,
            access_key_id=s3.ACCESS_KEY,
            secret_access_key=s3.SECRET_KEY,
            client_options={"allow_http": True},
        )
        operations = {
            "boto3 PUT": lambda key: client.put_object(Bucket=bucket, Key=key, Body=BODY),
            "boto3 GET": lambda key: client.get_object(Bucket=bucket, Key=key)["Body"].read(),
            "obstore GET": lambda key: obstore.get(store, key).bytes(),
        }
        for name, operation in operations.items():
            began = time.perf_counter()
            with ThreadPoolExecutor(s3.UPLOADS_AT_ONCE) as pool:
                list(pool.map(operation, keys))
            seconds[name] = time.perf_counter() - began
        began = time.perf_counter()
        assert len(s3.etags(client, bucket)) == len(keys)
        seconds["listing"] = time.perf_counter() - began
    finally:
        server.kill()
        server.wait()
    return seconds


if __name__ == "__main__":
    raise SystemExit(main())
