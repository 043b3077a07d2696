"""Changes of the warehouse's schema: numbered, forward only, each applied once.

How it works: a migration is a folder in include/sql/migrations, such as `0002_what_it_does`, with
one statement in each file. Its statements run in the order of the file names, in one transaction
that also records the migration in `schema_migrations`. So a run that is cut short leaves nothing.
A schema with tables that are older than the migrations accepts the first one, which creates only
what is missing.

What it does not do: it does not undo migrations. A mistake is fixed by another migration. A
statement that Redshift runs only outside of a transaction must say so in its first line, and must
be the only one in its folder.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sparkify.failures import LoadRefused
from sparkify.include import SQL
from sparkify.warehouse.session import Warehouse
from sparkify.warehouse.statements import rendered, statement
from sparkify.window import now

log = logging.getLogger(__name__)

MIGRATIONS = SQL / "migrations"
ALONE = "-- Outside of a transaction"  # begins a statement that Redshift takes nowhere else

_FOLDER = re.compile(r"(\d{4})_([a-z0-9_]+)")
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True, slots=True)
class Migration:
    """One change: its number, what it is called, and the texts of its files in their order."""

    number: int
    name: str
    texts: tuple[str, ...]

    @property
    def statements(self) -> tuple[str, ...]:
        """The texts with the macros of macros.jinja filled in, as they are now."""
        return tuple(rendered(text) for text in self.texts)

    @property
    def alone(self) -> bool:
        return self.texts[0].startswith(ALONE)

    @property
    def checksum(self) -> str:
        """The same however the statements are set and commented."""
        bare = ";".join(_COMMENT.sub("", text) for text in self.texts)
        return hashlib.sha256("".join(bare.split()).encode()).hexdigest()

    def __str__(self) -> str:
        return f"{self.number:04}_{self.name}"


def find_migrations(root: Path = MIGRATIONS) -> list[Migration]:
    """The migrations below `root`, in their order.

    :raises ValueError: there is none; or one has no number, no statement, or a number that is
        not the next.
    """
    migrations = []
    for number, folder in enumerate(sorted(path for path in root.iterdir() if path.is_dir()), 1):
        match = _FOLDER.fullmatch(folder.name)
        if match is None or int(match[1]) != number:
            raise ValueError(f"{folder.name}: the next migration is {number:04}_what_it_does")
        paths = sorted(folder.glob("*.sql"))
        texts = [path.read_text().strip().rstrip(";") for path in paths]
        if not texts:
            raise ValueError(f"{folder.name} has no .sql file")
        for path, sql in zip(paths, texts, strict=True):
            if not _COMMENT.sub("", sql).strip():
                raise ValueError(f"{folder.name}/{path.name} has no statement")
        migration = Migration(number, match[2], tuple(texts))
        if len(texts) > 1 and any(sql.startswith(ALONE) for sql in texts):
            raise ValueError(f"{migration}: what runs outside of a transaction is alone in its own")
        migrations.append(migration)
    if not migrations:
        raise ValueError(f"{root} has no migration: deploy include/ beside plugins/")
    return migrations


def statements_of_schema() -> list[str]:
    """All statements that make the schema, in their order."""
    of_migrations = (sql for migration in find_migrations() for sql in migration.statements)
    return [statement("migrations/schema_migrations.sql"), *of_migrations]


def migrate(
    warehouse: Warehouse, migrations: Sequence[Migration], *, run_id: str
) -> list[Migration]:
    """Apply what is not applied yet; which that was.

    :raises LoadRefused: what the schema has seen is not what these migrations are.
    """
    warehouse.execute(statement("migrations/schema_migrations.sql"))
    applied = []
    for migration in migrations:
        if migration.alone:
            done = _apply_alone(warehouse, migration, migrations, run_id)
        else:
            with warehouse.transaction():
                done = _apply(warehouse, migration, migrations, run_id)
        if done:
            log.info("Applied %s: %d statements", migration, len(migration.statements))
            applied.append(migration)
    return applied


def lock_schema(warehouse: Warehouse) -> None:
    """Have two deployments at once come one after the other, to the end of the transaction."""
    warehouse.execute(statement("operators/lock.sql", locked=["schema_migrations"]))


def _apply(
    warehouse: Warehouse, migration: Migration, known: Sequence[Migration], run_id: str
) -> bool:
    """Run it and take note of it, unless another run has; the lock makes the two one."""
    lock_schema(warehouse)
    if _is_applied(warehouse, migration, known):
        return False
    log.info("Applying %s", migration)  # for who reads the error of a statement
    for sql in migration.statements:
        warehouse.execute(sql)
    _note(warehouse, migration, run_id)
    return True


def _apply_alone(
    warehouse: Warehouse, migration: Migration, known: Sequence[Migration], run_id: str
) -> bool:
    """The same without a transaction: cut short between the two, it is run once more."""
    if _is_applied(warehouse, migration, known):
        return False
    log.info("Applying %s", migration)
    warehouse.execute(migration.statements[0])
    _note(warehouse, migration, run_id)
    return True


def _is_applied(warehouse: Warehouse, migration: Migration, known: Sequence[Migration]) -> bool:
    """:raises LoadRefused: another one was, or one that this code does not have."""
    seen = {
        int(number): (name, checksum)
        for number, name, checksum in warehouse.query(statement("migrations/applied.sql"))
    }
    if len(seen) > len(known):
        number = max(seen)
        raise LoadRefused(
            f"The schema is ahead of this code: {number:04}_{seen[number][0]} has been applied,"
            " and is not in include/sql/migrations. Deploy the code that has it"
        )
    if migration.number not in seen:
        return False
    if seen[migration.number] != (migration.name, migration.checksum):
        raise LoadRefused(
            f"{migration} was changed after it had been applied as"
            f" {migration.number:04}_{seen[migration.number][0]}. Take the change back, and make it"
            f" in a migration of its own, {len(known) + 1:04}_…"
        )
    return True


def _note(warehouse: Warehouse, migration: Migration, run_id: str) -> None:
    warehouse.insert(
        "schema_migrations",
        [
            {
                "number": migration.number,
                "name": migration.name,
                "checksum": migration.checksum,
                "run_id": run_id,
                "applied_at": now(),
            }
        ],
    )
