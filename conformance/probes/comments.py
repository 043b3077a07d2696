"""Comments on tables, columns and views."""

from __future__ import annotations

from conformance.probe import expect, probe
from conformance.target import Target
from sparkify.warehouse.statements import statement

_TOPIC = "Comments"


@probe(
    _TOPIC,
    "COMMENT ON sets the comment of a table, a column or a view, in a transaction too, and"
    " PG_DESCRIPTION has it",
    page="r_COMMENT",
    because="the data dictionary is in the warehouse, and a deployment sets only what differs",
)
def comments_are_set_and_read(target: Target) -> str:
    session = target.session()
    table, view = target.table(session, "a integer, b varchar(9)"), target.new_name()
    session.execute(f"create view {view} as select 1 as a")
    with session.transaction():
        session.execute(f"comment on table {table} is 'the table''s'")
        session.execute(f"comment on column {table}.b is 'the column''s'")
        session.execute(f"comment on view {view} is 'the view''s'")
    rows = session.query(statement("operators/comments.sql"))
    mine = {(name, column): text for name, column, text in rows if name in (table, view)}
    expect(
        "comments",
        mine,
        {(table, None): "the table's", (table, "b"): "the column's", (view, None): "the view's"},
    )
    session.execute(f"comment on table {table} is null")
    left = session.query(statement("operators/comments.sql"))
    expect("comments after NULL", [row for row in left if row[:2] == (table, None)], [])
    return "three comments were set and read, and one was removed"
