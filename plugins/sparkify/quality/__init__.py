"""Checks of the data: SQL checks of tables, and contracts of source files."""
