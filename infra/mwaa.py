"""`python -m infra.mwaa`: what Amazon MWAA wants in its bucket, below `.build/mwaa`.

- `plugins.zip`: MWAA unpacks it into its plugins folder and takes nothing beside it, so `include/`
  travels inside. The same files make the same bytes: a bucket with versions gets no new one.
- `requirements.txt`: the packages of ours, held to the versions that Airflow's own constraints of
  the environment's version have, as MWAA demands. What MWAA brings and runs itself is not in it.
- `dags/`: as they are.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
OF_MWAA = {"apache-airflow", "apache-airflow-providers-celery", "celery", "redis"}
CONSTRAINTS = "https://raw.githubusercontent.com/apache/airflow/constraints-{}/constraints-{}.txt"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can say


def main(arguments: list[str] | None = None) -> int:
    pinned = _requirements()
    parser = argparse.ArgumentParser(prog="python -m infra.mwaa", description=__doc__)
    parser.add_argument("--out", type=Path, default=REPOSITORY / ".build" / "mwaa")
    parser.add_argument(
        "--airflow", default=pinned["apache-airflow"], help="the environment's version of Airflow"
    )
    parser.add_argument("--python", default="3.12", help="and of Python")
    options = parser.parse_args(arguments)
    build(options.out, airflow=options.airflow, python=options.python)
    for path in sorted(options.out.iterdir()):
        print(path)
    return 0


def build(out: Path, *, airflow: str, python: str) -> None:
    """Write `plugins.zip`, `requirements.txt` and `dags/` into `out`, which is made anew."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with zipfile.ZipFile(out / "plugins.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(_plugins()):
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    lines = [f'--constraint "{CONSTRAINTS.format(airflow, python)}"']
    lines += sorted(_requirements().keys() - OF_MWAA)
    (out / "requirements.txt").write_text("\n".join(lines) + "\n")
    shutil.copytree(REPOSITORY / "dags", out / "dags", ignore=shutil.ignore_patterns("__pycache__"))


def _plugins() -> Iterator[tuple[str, Path]]:
    """The files of plugins/, and include/ beside them, by the name each gets."""
    for root in (REPOSITORY / "plugins", REPOSITORY / "include"):
        base = root if root.name == "plugins" else root.parent
        for path in root.rglob("*"):
            if path.is_file() and path.suffix != ".pyc":
                yield path.relative_to(base).as_posix(), path


def _requirements() -> dict[str, str]:
    """The versions that requirements.txt names, by package."""
    text = (REPOSITORY / "requirements.txt").read_text()
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", text, re.MULTILINE))


if __name__ == "__main__":
    sys.exit(main())
