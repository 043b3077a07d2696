"""Loads of staging tables: a window of a partitioned source, or what is new in a folder.

Everything slow (COPY, the verdicts on its rows) happens in temporary tables, outside of any
lock. The last step is one short transaction: lock, make sure that no other load was faster,
delete, insert, write the ledger.
"""

from sparkify.partitions import PartitionedSource
from sparkify.staging.copying import Copier, CopySettings, StagingTable
from sparkify.staging.folder import FolderLoad, Overtaken
from sparkify.staging.judging import Judge
from sparkify.staging.windowed import WindowLoad
from sparkify.verdicts import Budget, Loaded

__all__ = [
    "Budget",
    "Copier",
    "CopySettings",
    "FolderLoad",
    "Judge",
    "Loaded",
    "Overtaken",
    "PartitionedSource",
    "StagingTable",
    "WindowLoad",
]
