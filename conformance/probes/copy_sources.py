"""The objects that COPY reads: manifests, prefixes, regions."""

from __future__ import annotations

from conformance.probe import CannotTell, error_text, expect, probe, refusal
from conformance.target import Target
from sparkify.failures import s3_code

_TOPIC = "COPY: objects"


@probe(
    _TOPIC,
    "A manifest names exactly the objects that are read",
    page="loading-data-files-using-manifest",
    because="only listed objects are loaded",
)
def a_manifest_names_what_is_read(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer")
    named = target.put({"a": 1}, key="listed/data.json")
    target.put({"a": 2}, key="listed/data.json.2")
    session.execute(target.copy(table, target.manifest(named), "manifest"))
    expect("rows", session.query(f"select a from {table}"), [(1,)])
    return "the object beside it, with the same prefix, was not read"


@probe(
    _TOPIC,
    "COPY fails and loads nothing if a mandatory object of the manifest is missing; the error says:"
    " Mandatory url is not present in manifest file",
    page="loading-data-files-using-manifest",
    because="if an object is deleted during a load, the source has changed and the load is retried",
)
def a_missing_mandatory_object_fails(target: Target) -> str:
    words = "Mandatory url is not present in manifest file"
    return error_text(_copy_of_a_missing_object(target, words))


@probe(
    _TOPIC,
    "COPY fails if a mandatory object is missing, whatever the error says",
    page="loading-data-files-using-manifest",
    because="a load must be complete, or load nothing",
)
def a_missing_mandatory_object_loads_nothing(target: Target) -> str:
    return error_text(_copy_of_a_missing_object(target))


def _copy_of_a_missing_object(target: Target, words: str = "") -> Exception:
    session = target.session()
    table = target.table(session, "a integer")
    manifest = target.manifest(target.put({"a": 1}), f"{target.url}/missing.json")
    error = refusal(session, target.copy(table, manifest, "manifest"), words=words)
    expect("rows", session.query(f"select count(*) from {table}"), [(0,)])
    return error


@probe(
    _TOPIC,
    "COPY skips a missing object that is not mandatory",
    page="loading-data-files-using-manifest",
    because="for this reason, all objects in the project's manifests are mandatory",
)
def a_missing_object_that_is_not_mandatory_is_skipped(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer")
    urls = [target.put({"a": 1}), f"{target.url}/missing.json"]
    session.execute(target.copy(table, target.manifest(*urls, mandatory=False), "manifest"))
    expect("rows", session.query(f"select a from {table}"), [(1,)])
    return "the other object was loaded"


@probe(
    _TOPIC,
    "COPY runs under an IAM role: IAM_ROLE default, or an ARN",
    page="copy-parameters-authorization",
    because="statements contain no access keys",
    note="any role is accepted",
)
def copy_runs_under_a_role(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer")
    session.execute(target.copy(table, target.put({"a": 1})))
    expect("rows", session.query(f"select a from {table}"), [(1,)])
    return f"iam_role {target.role}"


@probe(
    _TOPIC,
    "COPY fails if REGION is not the bucket's region",
    page="copy-parameters-data-source-s3",
    because="every COPY has REGION, and both buckets must be in one region",
)
def copy_from_another_region_fails(target: Target) -> str:
    session = target.session()
    table = target.table(session, "a integer")
    other = "eu-west-1" if target.bucket_region != "eu-west-1" else "us-east-1"
    error = refusal(
        session,
        target.copy(table, target.put({"a": 1}), f"region '{other}'"),
        words="S3ServiceException",
    )
    expect("rows", session.query(f"select count(*) from {table}"), [(0,)])
    return error_text(error)


@probe(
    _TOPIC,
    "COPY of an object that the role may not read fails with S3ServiceException and AccessDenied",
    page="copy-parameters-authorization",
    because="a missing permission is not retried",
)
def an_unreadable_object_is_denied(target: Target) -> str:
    if not target.unreadable:
        raise CannotTell("name an object that the role may not read: UNREADABLE=s3://…")
    session = target.session()
    table = target.table(session, "a integer")
    words = "S3ServiceException.*Access ?Denied"
    error = refusal(session, target.copy(table, target.unreadable), words=words)
    return f"{error_text(error)} (S3's code: {s3_code(error)})"


@probe(
    _TOPIC,
    "GZIP reads gzip objects; with GZIP, an uncompressed object fails the COPY",
    page="copy-parameters-file-compression",
    because="sources may be compressed, as the operator's copy_options declare",
)
def gzip_reads_gzip(target: Target) -> str:
    import gzip

    session = target.session()
    table = target.table(session, "a integer")
    session.execute(target.copy(table, target.put(gzip.compress(b'{"a": 1}')), "gzip"))
    expect("rows", session.query(f"select a from {table}"), [(1,)])
    error = refusal(
        session, target.copy(table, target.put({"a": 2}), "gzip"), words="gzip|load into"
    )
    return f"a plain object: {error_text(error)}"
