"""Lists files for tests. An empty list is an error, since a loop over it would always pass."""

from __future__ import annotations

from pathlib import Path


def files(folder: Path, pattern: str) -> list[Path]:
    """The files in `folder` that match `pattern`, in order.

    :param pattern: as for `Path.glob`; `**/` includes all subfolders.
    :raises FileNotFoundError: there is none: the folder was moved, or the pattern is wrong.
    """
    paths = sorted(path for path in folder.glob(pattern) if path.is_file())
    if not paths:
        raise FileNotFoundError(f"no file below {folder} matches {pattern}")
    return paths
