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
    # What follows these is theirs, options too, which argparse would take for its own.
    split = 1 if given[:1] in (["psql"], ["airflow"], ["plan"]) else len(given)
    options = _parser().parse_args(given[:split])
    options.arguments = given[split:]
    try:
        return _run(options)
    except (lifecycle.StackError, SettingsError, DataDirectoryError, ApiError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; `make status` says what runs, `make down` ends it", file=sys.stderr)
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
    commands.add_parser("status", help="what runs, and where; exit code 3 when not all of it")
    logs = commands.add_parser("logs", help="the ends of the processes' logs")
    logs.add_argument("names", nargs="*", metavar="NAME", help="of which processes; all by default")
    logs.add_argument("-n", dest="lines", type=int, default=20, help="lines of each (20)")
    logs.add_argument("-f", dest="follow", action="store_true", help="go on with what is added")
    commands.add_parser("psql", help="a SQL prompt on the Redshift endpoint; takes psql's options")
    commands.add_parser("airflow", help="Airflow's command line, on this stack")
    commands.add_parser("plan", help="what a backfill from FROM to TO would do")
    commands.add_parser("clean", help="stop, and delete databases, logs and sample data")
    live = commands.add_parser("live", help="land new events as the app would, until Ctrl-C")
    live.add_argument("--minutes", type=float, help="and no longer than these")
    demo = commands.add_parser(
        "demo", help="load a month through the DAGs and show what was played"
    )
    demo.add_argument("--data", type=Path, help="a directory of your own; sample data by default")
    return parser


if __name__ == "__main__":
    sys.exit(main())
