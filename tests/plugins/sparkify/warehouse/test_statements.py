"""Statements from files, and the placeholders in them."""

from __future__ import annotations

import pytest

from sparkify.warehouse.statements import bind, identifier, literal, rendered, statement


def test_names_are_filled_in_and_values_are_left_to_the_driver():
    sql = statement("operators/delete_window.sql", table="songplays", event_time="start_time")
    assert "delete from songplays" in sql
    assert "start_time >= %(window_start)s" in sql


@pytest.mark.parametrize(
    "name", ["users; drop table users", "users--", "", "1st", "a.b.c", 'u"x', "naïve", "a" * 128]
)
def test_an_invalid_identifier_never_gets_into_a_statement(name):
    with pytest.raises(ValueError, match="is not the name of a table or column"):
        statement("operators/delete_window.sql", table=name, event_time="start_time")


def test_every_name_of_a_list_is_checked():
    with pytest.raises(ValueError, match="is not the name"):
        statement("operators/lock.sql", locked=["users", "x, y; truncate z"])


def test_a_name_with_its_schema_is_one():
    assert identifier("analytics.songplays") == "analytics.songplays"


def test_values_are_bound_by_position_in_the_order_of_their_use():
    sql, values = bind("a >= %(low)s and b < %(high)s or c = %(low)s", {"low": 1, "high": 2})
    assert sql == "a >= %s and b < %s or c = %s"
    assert values == [1, 2, 1]


def test_a_value_that_is_not_given_is_an_error():
    with pytest.raises(KeyError, match="high"):
        bind("a < %(high)s", {})


def test_a_quote_in_a_literal_cannot_end_it():
    assert literal("a'; drop table users; --\\") == "'a''; drop table users; --\\\\'"


def test_a_percent_sign_is_written_twice_with_values_and_without():
    assert bind("a like 'x%%'", {}) == ("a like 'x%'", [])
    assert bind("a like 'x%%' and b = %(low)s", {"low": 1}) == ("a like 'x%%' and b = %s", [1])


@pytest.mark.parametrize("tag", ["{# why #}", "{% set a = 1 %}", "{% if true %}{% endif %}"])
def test_a_tag_behind_a_comment_leaves_the_next_line_outside_of_the_comment(tag):
    lines = rendered(f"select 1 -- one {tag}\nwhere 1 = 0").splitlines()
    assert lines[-1] == "where 1 = 0"
