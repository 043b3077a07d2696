"""The log of StageToRedshiftOperator: short, and with the summary at its end."""

from __future__ import annotations

import re

from tests.support.runs import event, put_lines, run, song

DAYS = ("2018-11-05T00:00:00Z", "2018-11-08T00:00:00Z")
HOUR = ("2018-11-05T10:00:00Z", "2018-11-05T11:00:00Z")
KEY = "log_data/2018/11/2018-11-0{}-events.json"


def test_a_run_of_several_days_logs_one_copy_statement_and_a_line_for_each_file(
    s3, bucket, stage_events, caplog
):
    for day in (5, 6, 7):
        rows = [event(f"2018-11-0{day}T10:00:00", sessionId=n) for n in range(day)]
        put_lines(s3, bucket, KEY.format(day), [*rows, rows[0], "{"])
    with caplog.at_level("INFO"):
        run(stage_events(), DAYS)
    assert caplog.text.count("copy arrived_rows") == 1
    assert [text for text in caplog.messages if text.startswith("s3://")] == [
        f"s3://{bucket}/{KEY.format(day)}: {day + 2} rows: {day} kept, 1 identical, 1 bad"
        for day in (5, 6, 7)
    ]


def test_a_line_names_the_rows_of_a_file_that_are_outside_of_the_window(
    s3, bucket, stage_events, caplog
):
    moments = ("09:59:59", "10:00:00", "11:00:00")
    rows = [event(f"2018-11-05T{at}", itemInSession=n) for n, at in enumerate(moments)]
    put_lines(s3, bucket, KEY.format(5), rows)
    with caplog.at_level("INFO"):
        run(stage_events(), HOUR)
    assert f"s3://{bucket}/{KEY.format(5)}: 3 rows: 1 kept, 2 outside" in caplog.messages


def test_the_files_of_a_folder_share_one_line(s3, bucket, stage_songs, caplog):
    for n in range(30):
        put_lines(s3, bucket, f"song_data/A/{n}.json", [song(f"S{n}")])
    with caplog.at_level("INFO"):
        run(stage_songs())
    assert [text for text in caplog.messages if text.startswith("s3://")] == [
        f"s3://{bucket}/song_data/A/* (30 objects): 30 rows: 30 kept"
    ]
    assert len([record for record in caplog.records if record.name.startswith("sparkify")]) < 12


def test_the_summary_is_the_last_line(s3, bucket, stage_events, stage_songs, caplog):
    put_lines(s3, bucket, KEY.format(5), [event("2018-11-05T10:00:00")])
    put_lines(s3, bucket, "song_data/1.json", [song("S1")])
    with caplog.at_level("INFO"):
        run(stage_events(), DAYS)
        assert re.fullmatch(
            r"staging_events: 1 objects, rows: 1 kept; 0 rows replaced by 1, in \d+\.\d\d s",
            caplog.messages[-1],
        )
        run(stage_songs())
    assert caplog.messages[-1].startswith("staging_songs: 1 objects, rows: 1 kept;")
