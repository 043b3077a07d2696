"""Command line: `python -m local.sample_data --out DIR`."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from local.sample_data import Parameters, write


def main(arguments: list[str] | None = None) -> int:
    defaults = Parameters()
    parser = argparse.ArgumentParser(
        prog="python -m local.sample_data",
        description="Write generated Sparkify logs and songs. Equal options give equal files.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="an empty directory, or one with sample data"
    )
    parser.add_argument("--days", type=_at_least(1), default=defaults.days)
    parser.add_argument("--events", type=_at_least(0), default=defaults.events)
    parser.add_argument("--songs", type=_at_least(0), default=defaults.songs)
    parser.add_argument("--start", default=defaults.start, help="first day, YYYY-MM-DD")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    options = vars(parser.parse_args(arguments))
    out = options.pop("out")
    began = time.monotonic()
    try:
        written = write(out, Parameters(**options))
    except (FileExistsError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    verb = "wrote" if written.fresh else "found"
    print(
        f"{verb} {written.events:,} events ({written.plays:,} plays) and {written.songs:,} songs"
        f" in {out} in {time.monotonic() - began:.1f} s"
    )
    return 0


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if value < least:
            raise argparse.ArgumentTypeError(f"{value} is less than {least}")
        return value

    return number


if __name__ == "__main__":
    sys.exit(main())
