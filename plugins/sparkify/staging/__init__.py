"""Loads of staging tables: a window of a partitioned source, or what is new in a folder.

Everything slow (COPY, the checks on what it brought) happens in temporary tables, outside
of any lock. The last step is one short transaction: lock, take a load id, make sure that
the sources are still as they were read, delete, insert, write the ledger.
"""

from sparkify.staging.copying import Copier, CopySettings, StagingTable
from sparkify.staging.folder import load_folder
from sparkify.staging.rejects import Budget, Rejects
from sparkify.staging.windowed import Partition, load_window

__all__ = [
    "Budget",
    "Copier",
    "CopySettings",
    "Partition",
    "Rejects",
    "StagingTable",
    "load_folder",
    "load_window",
]
