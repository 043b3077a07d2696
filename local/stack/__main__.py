"""Command line: `python -m local.stack up` and its siblings; `make` calls it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from local.s3 import DataDirectoryError
from local.stack import access, lifecycle
from local.stack.airflow_api import ApiError
from local.stack.settings import SettingsError, load_settings


def main(arguments: list[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    # All arguments after these commands are passed on, including options.
    split = 1 if given[:1] in (["psql"], ["airflow"], ["plan"]) else len(given)
    options = _parser().parse_args(given[:split])
    options.arguments = given[split:]
    try:
        return _run(options)
    except (lifecycle.StackError, SettingsError, DataDirectoryError, ApiError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; `make status` shows what runs, `make down` stops it", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    settings = load_settings()
    match options.command:
        case "up":
            lifecycle.up(settings)
        case "down":
            lifecycle.down(settings)
        case "status":
            return 0 if access.status(settings) else 3
        case "logs":
            return access.logs(
                settings, names=options.names, lines=options.lines, follow=options.follow
            )
        case "psql":
            access.psql(settings, options.arguments)
        case "airflow":
            access.airflow(settings, options.arguments)
        case "plan":
            access.plan(settings, options.arguments)
        case "clean":
            lifecycle.clean(settings)
        case "live":
            from local.stack.live import live

            return live(settings, options.minutes)
        case "demo":
            from local.stack.demo import demo

            return demo(settings, options.data)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.stack", description="The laptop stack of the Sparkify warehouse."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("up", help="start S3, the Redshift endpoint and Airflow")
    commands.add_parser("down", help="stop them all")
    commands.add_parser(
        "status", help="show the processes and addresses; exit code 3 if one does not run"
    )
    logs = commands.add_parser("logs", help="show the last lines of the processes' logs")
    logs.add_argument("names", nargs="*", metavar="NAME", help="process names; default: all")
    logs.add_argument("-n", dest="lines", type=int, default=20, help="lines per log (20)")
    logs.add_argument("-f", dest="follow", action="store_true", help="follow the logs")
    commands.add_parser("psql", help="a SQL prompt on the Redshift endpoint; takes psql's options")
    commands.add_parser("airflow", help="run Airflow's command line on this stack")
    commands.add_parser("plan", help="show what a backfill from FROM to TO would do")
    commands.add_parser("clean", help="stop, and delete databases, logs and sample data")
    live = commands.add_parser("live", help="write new events as the app would, until Ctrl-C")
    live.add_argument("--minutes", type=float, help="stop after this many minutes")
    demo = commands.add_parser(
        "demo", help="load a month through the DAGs and show what was played"
    )
    demo.add_argument("--data", type=Path, help="your own data directory; default: sample data")
    return parser


if __name__ == "__main__":
    sys.exit(main())
