"""Files that a test goes through; to find none is an error, since the test would then pass."""

from __future__ import annotations

from pathlib import Path


def files(folder: Path, pattern: str) -> list[Path]:
    """The files below `folder` that match `pattern`, in order.

    :param pattern: as for `Path.glob`; `**/` looks into all folders below.
    :raises FileNotFoundError: there is none: the folder was moved, or the pattern is wrong.
    """
    paths = sorted(path for path in folder.glob(pattern) if path.is_file())
    if not paths:
        raise FileNotFoundError(f"no file below {folder} matches {pattern}")
    return paths
