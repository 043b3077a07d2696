"""Loads of staging tables: a window of a partitioned source, or the new objects of a folder.

All slow work (COPY and the verdicts on its rows) happens in temporary tables, without a lock. The
last step is one short transaction: lock, check that no other load was faster, delete, insert, write
the ledger.
"""
