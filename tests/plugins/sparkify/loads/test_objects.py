"""Listing, matching and quoting of S3 objects."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from sparkify.loads import objects as sources
from sparkify.loads.objects import changed_since, check_bucket, list_below, manifest, work_key


def test_a_folder_finds_every_object_below_it_past_the_first_page(s3, bucket):
    keys = [f"songs/{number:04d}.json" for number in range(1003)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b"{}"), keys))
    s3.put_object(Bucket=bucket, Key="songs/folder/", Body=b"")
    s3.put_object(Bucket=bucket, Key="songs.json", Body=b"{}")
    listing = list_below(s3, bucket, "songs/")
    assert [item.key for item in listing.objects] == keys
    assert [item.ignored_by for item in listing.ignored] == ["empty folder marker"]


def test_a_listing_is_read_without_the_objects_times(s3, bucket):
    """botocore takes longer to read them than the rest."""
    key = "songs/<LastModified>1</LastModified>.json"
    s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
    bodies: list[bytes] = []
    event, unique_id = "before-parse.s3.ListObjectsV2", "test"
    s3.meta.events.register_last(
        event, lambda response_dict, **_: bodies.append(response_dict["body"]), unique_id=unique_id
    )
    try:
        assert [item.key for item in list_below(s3, bucket, "songs/").objects] == [key]
    finally:
        s3.meta.events.unregister(event, unique_id=unique_id)
    assert bodies
    assert not any(b"LastModified>2" in body for body in bodies)
    (listed,) = s3.list_objects_v2(Bucket=bucket, Prefix="songs/")["Contents"]
    assert listed["LastModified"]  # the client's other users get them


def test_a_manifest_has_exactly_the_objects_and_each_is_mandatory(s3, bucket):
    s3.put_object(Bucket=bucket, Key="ü & 'quoted'.json", Body=b"{}\n")
    entries = json.loads(manifest(list_below(s3, bucket, "ü & 'quoted'.json").objects))["entries"]
    assert entries == [
        {
            "url": f"s3://{bucket}/ü & 'quoted'.json",
            "mandatory": True,
            "meta": {"content_length": 3},
        }
    ]


def test_a_listings_fingerprint_changes_with_any_object(s3, bucket):
    def state() -> str:
        return list_below(s3, bucket, "songs/").fingerprint

    s3.put_object(Bucket=bucket, Key="songs/a.json", Body=b"1")
    first = state()
    assert state() == first
    s3.put_object(Bucket=bucket, Key="songs/a.json", Body=b"2")
    changed = state()
    s3.put_object(Bucket=bucket, Key="songs/b.json", Body=b"1")
    assert len({first, changed, state()}) == 3


def test_a_work_key_is_valid_for_s3_and_unique_for_the_run():
    key = work_key("sparkify/", "manifests", "manual__2026-11-23T04:13:04+00:00", "x.manifest")
    folder, _, name = key.rpartition("/")
    assert re.fullmatch(r"sparkify/manifests/manual__2026-11-23T04_13_04_00_00-[0-9a-f]{8}", folder)
    assert name == "x.manifest"
    assert work_key("a:b") != work_key("a+b")


@pytest.mark.parametrize("few", [20, 0])
def test_objects_that_changed_or_were_deleted_since_a_listing_are_detected(
    few, s3, bucket, monkeypatch
):
    monkeypatch.setattr(sources, "_FEW_OBJECTS", few)
    for name in "abc":
        s3.put_object(Bucket=bucket, Key=f"songs/{name}", Body=b"1")
    listed = list_below(s3, bucket, "songs/").objects
    assert changed_since(s3, listed, "songs/") == []
    s3.put_object(Bucket=bucket, Key="songs/d", Body=b"1")
    assert changed_since(s3, listed, "songs/") == []
    s3.put_object(Bucket=bucket, Key="songs/a", Body=b"2")
    s3.delete_object(Bucket=bucket, Key="songs/b")
    assert [item.key for item in changed_since(s3, listed, "songs/")] == ["songs/a", "songs/b"]


@pytest.mark.parametrize("name", ["", "ab", "Upper", "a b", "a/b", "b'; drop table users; --"])
def test_an_invalid_bucket_name_is_refused(name):
    with pytest.raises(ValueError, match="is not the name of a bucket"):
        check_bucket(name)
