"""The probes, a module for each topic; they are listed in the order of the documentation."""

from conformance.probes import (  # noqa: I001 - the order of the documentation
    transactions,
    locks,
    statements,
    copy_sources,
    copy_values,
    copy_failures,
    copy_account,
    tables,
    views,
    queries,
    functions,
    end_to_end,
)

__all__ = [
    "copy_account",
    "copy_failures",
    "copy_sources",
    "copy_values",
    "end_to_end",
    "functions",
    "locks",
    "queries",
    "statements",
    "tables",
    "transactions",
    "views",
]
