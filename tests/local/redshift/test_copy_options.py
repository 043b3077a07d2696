"""Each option of COPY works as Redshift's manual describes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import boto3
import pytest
from redshift_connector import ProgrammingError

from tests.local.redshift.conftest import Loader

ONE = {"a": 1, "b": "x"}
COLUMNS = "a int, b varchar"


def test_a_prefix_loads_every_object_that_begins_with_it(loader: Loader) -> None:
    loader.execute(f"create table t ({COLUMNS})")
    loader.put({"a": 1}, {"a": 2}, key="day/1.json")
    loader.put({"a": 3}, key="day/1.json.more")
    loader.put({"a": 4}, key="other/1.json")
    loader.copy(source=f"s3://{loader.bucket}/day/1")
    assert loader.execute("select a from t order by a") == [(1,), (2,), (3,)]


def test_a_prefix_without_objects_fails(loader: Loader) -> None:
    loader.execute(f"create table t ({COLUMNS})")
    with pytest.raises(ProgrammingError, match="The specified S3 prefix 'none/' does not exist"):
        loader.copy(source=f"s3://{loader.bucket}/none/")


def test_a_bucket_that_is_not_there_is_named(loader: Loader) -> None:
    loader.execute(f"create table t ({COLUMNS})")
    with pytest.raises(ProgrammingError, match=r"NoSuchBucket: s3://no-such-bucket"):
        loader.copy(source="s3://no-such-bucket/data/")


def test_a_manifest_loads_exactly_what_it_lists(loader: Loader) -> None:
    loader.execute(f"create table t ({COLUMNS})")
    loader.put({"a": 1}, key="x/1")
    loader.put({"a": 2}, key="x/2")
    loader.put({"a": 3}, key="y, z/ü 3")
    manifest = loader.manifest(
        {"url": f"s3://{loader.bucket}/y, z/ü 3", "mandatory": True},
        {"url": f"s3://{loader.bucket}/x/1"},
    )
    loader.copy("manifest", source=manifest)
    assert loader.execute("select a from t order by a") == [(1,), (3,)]


def test_a_mandatory_object_that_is_missing_fails_the_load(loader: Loader) -> None:
    loader.execute(f"create table t ({COLUMNS})")
    manifest = loader.manifest(
        {"url": loader.put(ONE)}, {"url": f"s3://{loader.bucket}/gone", "mandatory": True}
    )
    loader.connection.commit()
    missing = rf"Mandatory url is not present in manifest file\. url: s3://{loader.bucket}/gone'"
    with pytest.raises(ProgrammingError, match=missing):
        loader.copy("manifest", source=manifest)
    loader.connection.rollback()
    assert loader.execute("select count(*) from t") == [(0,)]


def test_an_object_that_is_not_mandatory_may_be_missing(loader: Loader) -> None:
    loader.execute(f"create table t ({COLUMNS})")
    manifest = loader.manifest(
        {"url": f"s3://{loader.bucket}/gone"},
        {"url": f"s3://{loader.bucket}/gone too", "mandatory": False},
        {"url": loader.put(ONE)},
    )
    loader.copy("manifest", source=manifest)
    assert loader.execute("select count(*) from t") == [(1,)]


def test_a_manifest_whose_objects_are_all_missing_fails(loader: Loader) -> None:
    loader.execute(f"create table t ({COLUMNS})")
    manifest = loader.manifest({"url": f"s3://{loader.bucket}/gone", "mandatory": False})
    with pytest.raises(ProgrammingError, match="None of the files"):
        loader.copy("manifest", source=manifest)


@pytest.mark.parametrize(
    ("text", "words"),
    [('{"entries": []}', "no entries"), ("[]", "Invalid manifest"), ("nonsense", "Invalid mani")],
)
def test_an_invalid_manifest_fails(loader: Loader, text: str, words: str) -> None:
    loader.execute(f"create table t ({COLUMNS})")
    with pytest.raises(ProgrammingError, match=words):
        loader.copy("manifest", source=loader.put(text, key="manifest"))


def test_auto_takes_keys_that_are_column_names_and_ignores_others(loader: Loader) -> None:
    assert loader.load(COLUMNS, {"b": "x", "c": 3, "A": 9, "a": 1}, {}) == [(1, "x"), (None, None)]


def test_auto_ignorecase_takes_keys_in_any_case(loader: Loader) -> None:
    rows = loader.load("userid int, b varchar", {"userId": 1, "B": "x"}, format="'auto ignorecase'")
    assert rows == [(1, "x")]


def test_jsonpaths_name_a_value_for_each_column_in_order(loader: Loader) -> None:
    record = {"who": {"name": "Ann", "tags": ["x", ["y", "z"]]}, "n.o": 7, "list": [{"k": 1}]}
    paths = loader.paths("$.who.name", "$['who']['tags'][1][1]", '$["n.o"]', "$.list[0].k")
    rows = loader.load("a varchar, b varchar, c int, d int", record, format=f"'{paths}'")
    assert rows == [("Ann", "z", 7, 1)]


def test_jsonpaths_may_count_into_records_that_are_arrays(loader: Loader) -> None:
    paths = loader.paths("$[1]", "$[0]", "$[9]")
    assert loader.load("a varchar, b int, c int", [1, "x"], format=f"'{paths}'") == [("x", 1, None)]


def test_a_path_to_what_is_not_there_loads_null(loader: Loader) -> None:
    paths = loader.paths("$.a.b", "$.c[2]")
    records = [{"a": None}, {"c": []}, {}]
    assert loader.load("a int, b int", *records, format=f"'{paths}'") == [(None, None)] * 3


def test_there_must_be_as_many_jsonpaths_as_columns(loader: Loader) -> None:
    loader.execute(f"create table t ({COLUMNS})")
    loader.put(ONE)
    with pytest.raises(ProgrammingError, match=r"JSONPath size: 1, Number of columns .*: 2"):
        loader.copy(format=f"'{loader.paths('$.a')}'")


@pytest.mark.parametrize("path", ["$.*", "$..a", "a", "$", "$[?(@.a)]"])
def test_jsonpaths_beyond_keys_and_indexes_are_refused(loader: Loader, path: str) -> None:
    loader.execute("create table t (a int)")
    loader.put(ONE)
    with pytest.raises(ProgrammingError, match="Invalid JSONPath"):
        loader.copy(format=f"'{loader.paths(path)}'")


def test_a_column_list_fills_those_and_leaves_the_others_at_their_default(loader: Loader) -> None:
    loader.execute('create table t (a int default 5, b varchar, "odd name" int)')
    loader.put({"b": "x", "odd name": 1, "a": 9})
    loader.copy(into='t ("odd name", b)')
    assert loader.execute("select * from t") == [(5, "x", 1)]


def test_a_column_that_is_not_there_is_named(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.put(ONE)
    with pytest.raises(ProgrammingError, match='column "z" of relation "t" does not exist'):
        loader.copy(into="t (a, z)")


def test_a_table_that_is_not_there_is_named(loader: Loader) -> None:
    with pytest.raises(ProgrammingError, match="Cannot COPY into nonexistent table nowhere"):
        loader.copy(into="nowhere")


@pytest.mark.parametrize(
    "role", ["iam_role 'arn:aws:iam::123456789012:role/load'", "IAM_ROLE DEFAULT"]
)
def test_a_role_is_default_or_an_arn(loader: Loader, role: str) -> None:
    assert loader.load(COLUMNS, ONE, role=role) == [(1, "x")]


@pytest.mark.parametrize(
    ("role", "words"),
    [("", "IAM_ROLE is missing"), ("iam_role 'load'", "invalid IAM_ROLE 'load'")],
)
def test_without_a_role_nothing_is_read(loader: Loader, role: str, words: str) -> None:
    with pytest.raises(ProgrammingError, match=words):
        loader.load(COLUMNS, ONE, role=role)


def test_the_buckets_region_must_be_the_clusters_or_be_named(
    loader: Loader, s3: Any, s3_endpoint: str
) -> None:
    name = f"{loader.bucket}-eu"
    eu = "eu-west-1"
    boto3.client(
        "s3", eu, endpoint_url=s3_endpoint, aws_access_key_id="x", aws_secret_access_key="x"
    ).create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": eu})
    s3.put_object(Bucket=name, Key="data/1", Body=b'{"a": 1}')
    loader.execute("create table t (a int)")
    loader.connection.commit()
    with pytest.raises(ProgrammingError, match="is in eu-west-1, COPY looked in us-west-2"):
        loader.copy(source=f"s3://{name}/data/")
    loader.connection.rollback()
    loader.copy("region 'eu-west-1'", source=f"s3://{name}/data/")
    assert loader.execute("select count(*) from t") == [(1,)]


@pytest.mark.parametrize(
    ("timeformat", "value", "loaded"),
    [
        ("timeformat 'epochmillisecs'", 1541105830796, datetime(2018, 11, 1, 20, 57, 10, 796000)),
        ("timeformat as 'epochmillisecs'", "-1", datetime(1969, 12, 31, 23, 59, 59, 999000)),
        ("timeformat 'epochsecs'", 1541105830, datetime(2018, 11, 1, 20, 57, 10)),
        (
            "timeformat 'auto'",
            "2018-11-01T20:57:10.796Z",
            datetime(2018, 11, 1, 20, 57, 10, 796000),
        ),
        ("", "2018-11-01 20:57:10", datetime(2018, 11, 1, 20, 57, 10)),
        ("timeformat 'epochmillisecs'", None, None),
        ("timeformat 'epochmillisecs'", "", None),
    ],
)
def test_timeformat_sets_the_format_of_timestamps(
    loader: Loader, timeformat: str, value: Any, loaded: datetime | None
) -> None:
    assert loader.load("a timestamp", {"a": value}, options=timeformat) == [(loaded,)]


@pytest.mark.parametrize("value", ["2018-11-01 20:57:10", 1.5, 10**17, "1e3", True])
def test_an_invalid_count_of_milliseconds_is_rejected(loader: Loader, value: Any) -> None:
    rows = loader.load(
        "a timestamp", {"a": value}, {"a": 0}, options="timeformat 'epochmillisecs' maxerror 9"
    )
    assert rows == [(datetime(1970, 1, 1),)]
    assert loader.errors() == [(1, "a", 1206)]


BAD_THIRD = [{"a": 1}, {"a": 2}, {"a": "x"}, {"a": 4}]


@pytest.mark.parametrize("option", ["", "maxerror 0", "maxerror 1"])
def test_without_maxerror_the_first_error_fails_the_load(loader: Loader, option: str) -> None:
    with pytest.raises(ProgrammingError, match="Load into table 't' failed"):
        loader.load("a int", *BAD_THIRD, options=option)


def test_with_fewer_errors_than_maxerror_the_rows_are_skipped(loader: Loader) -> None:
    rows = loader.load("a int", *BAD_THIRD, "nonsense", options="maxerror as 3")
    assert rows == [(1,), (2,), (4,)]
    assert loader.errors() == [(3, "a", 1207), (5, "", 1216)]


def test_as_many_errors_as_maxerror_fail_the_load(loader: Loader) -> None:
    with pytest.raises(ProgrammingError, match="Check 'sys_load_error_detail'"):
        loader.load("a int", *BAD_THIRD, "nonsense", "more", options="maxerror 2")
    loader.connection.rollback()
    assert loader.errors() == [(3, "a", 1207), (5, "", 1216)]  # the first errors, up to the limit


def test_maxerror_ends_at_a_hundred_thousand(loader: Loader) -> None:
    with pytest.raises(ProgrammingError, match="between 0 and 100000"):
        loader.load("a int", ONE, options="maxerror 100001")


@pytest.mark.parametrize("blank", ["", " ", "   ", "\t", " \n ", "\u00a0"])
def test_blanksasnull_makes_blank_text_null(loader: Loader, blank: str) -> None:
    expected = blank if blank == "" else None
    assert loader.load("a varchar", {"a": blank}, options="blanksasnull") == [(expected,)]


def test_emptyasnull_makes_empty_text_null_and_nothing_else(loader: Loader) -> None:
    records = [
        {"a": "", "b": "", "c": ""},
        {"a": ",", "b": '"', "c": " "},
        {"a": '",', "b": "[", "c": '",""'},
    ]
    assert loader.load("a varchar, b varchar, c varchar", *records, options="emptyasnull") == [
        (None, None, None),
        (",", '"', " "),
        ('",', "[", '",""'),
    ]


def test_blank_and_empty_text_is_kept_unless_asked_otherwise(loader: Loader) -> None:
    assert loader.load("a varchar, b varchar", {"a": "", "b": " "}) == [("", " ")]


def test_blank_and_empty_numbers_and_dates_are_null_always(loader: Loader) -> None:
    records = [{"a": "", "b": " ", "c": ""}, {"a": "  ", "b": "", "c": " \t"}]
    assert loader.load("a int, b decimal(5,2), c date", *records) == [(None, None, None)] * 2


def test_truncatecolumns_cuts_text_at_whole_characters(loader: Loader) -> None:
    records = [{"a": "abcdef"}, {"a": "abcé"}, {"a": "😀"}, {"a": "abc  "}, {"a": 123456}]
    rows = loader.load("a varchar(4)", *records, options="truncatecolumns")
    assert rows == [("abcd",), ("abc",), ("😀",), ("abc ",), ("1234",)]


def test_acceptinvchars_replaces_each_byte_that_is_no_utf8(loader: Loader) -> None:
    record = b'{"a": "x\xc3\x28\xff y"}'
    assert loader.load("a varchar", record, options="acceptinvchars as '^'") == [("x^(^ y",)]


def test_acceptinvchars_puts_a_question_mark_by_default(loader: Loader) -> None:
    assert loader.load("a varchar", b'{"a": "\xff"}', options="acceptinvchars") == [("?",)]


def test_invalid_utf8_is_rejected_with_its_bytes(loader: Loader) -> None:
    loader.load("a varchar", b'{"a": "ok"}', b'{"a": "x\xff"}', options="maxerror 9")
    assert loader.errors() == [(2, "a", 1220)]
    message = "select error_message from sys_load_error_detail where file_name like '%{}%'"
    assert "hex sequence: ff" in loader.elsewhere(message.format(loader.bucket))[0][0]


@pytest.mark.parametrize(
    "option", ["compupdate off statupdate on", "compupdate preset", "statupdate", "compupdate true"]
)
def test_hints_about_statistics_and_encodings_are_accepted(loader: Loader, option: str) -> None:
    assert loader.load(COLUMNS, ONE, options=option) == [(1, "x")]


@pytest.mark.parametrize(
    "option",
    [
        "acceptanydate",
        "explicit_ids",
        "fixedwidth 'a:1'",
        "noload",
        "lzop",
        "encrypted",
    ],
)
def test_an_option_that_is_not_emulated_is_refused_by_name(loader: Loader, option: str) -> None:
    name = option.split()[0].upper()
    with pytest.raises(ProgrammingError, match=f"COPY option {name} is not emulated"):
        loader.load(COLUMNS, ONE, options=option)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("copy t from stdin", "COPY FROM STDIN"),
        ("copy t to '/tmp/x'", "FROM was expected"),
        ("copy t from 'dynamodb://x' iam_role default format json 'auto'", "must begin with s3://"),
        (
            "copy t from 's3://b/x' iam_role default json 'auto' maxerror many",
            "MAXERROR takes a number",
        ),
        (
            "copy t from 's3://b/x' iam_role default json 'auto' timeformat 'QQQQ'",
            "TIMEFORMAT 'QQQQ' is not",
        ),
        (
            "copy t from 's3://b/x' iam_role default json 'some'",
            "'auto', 'auto ignorecase' or s3://",
        ),
        ("copy t from 's3://b/x' iam_role default json 'auto' region", "REGION takes a string"),
        ("copy t (a from 's3://b/x'", "syntax error"),
        ("copy", "syntax error"),
    ],
)
def test_a_copy_that_cannot_be_read_says_why(loader: Loader, sql: str, words: str) -> None:
    loader.execute("create table t (a int)")
    with pytest.raises(ProgrammingError, match=words):
        loader.execute(sql)


def test_a_copy_may_stand_behind_comments_and_over_several_lines(loader: Loader) -> None:
    loader.execute("create table t (a int)")
    loader.put(ONE)
    loader.execute(
        f"-- what it loads: ü\n/* more; */\n  copy public.t\n(a)\nfrom 's3://{loader.bucket}/data/'\n"
        "credentials_are_none".replace("credentials_are_none", "iam_role default\n")
        + "format as json 'auto' -- the end\n;\n"
    )
    assert loader.execute("select a from t") == [(1,)]
