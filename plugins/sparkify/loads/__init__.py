"""Loads of staging tables: a window of a partitioned source, or what is new in a folder.

Everything slow (COPY, the verdicts on its rows) happens in temporary tables, outside of any
lock. The last step is one short transaction: lock, make sure that no other load was faster,
delete, insert, write the ledger.
"""
