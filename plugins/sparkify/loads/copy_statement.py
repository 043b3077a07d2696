"""The text of a COPY from S3. COPY takes no bound values, so each value is checked or quoted.

Source: Redshift's manual, "COPY" (r_COPY), "Data conversion parameters".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sparkify.warehouse.statements import identifier, literal

_ROLE = re.compile(
    r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+(,arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+)*"
)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_OPTION = re.compile(
    r"[A-Z_]+2?( AS)?( '[^'\\;]*'| \d+| ON| OFF| TRUE| FALSE| PRESET)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class CopySettings:
    """What all COPYs of a load have in common.

    :param json: `auto`, `auto ignorecase`, or the s3:// address of a jsonpaths file.
    :param options: more of COPY's, as `TIMEFORMAT 'epochmillisecs'`.
    :param iam_role: `default`, or the ARN of one role or of a chain of them.
    :param region: of the source and work buckets; None: the cluster's own.
    :param work: bucket and prefix for manifests.
    """

    json: str
    options: Sequence[str]
    iam_role: str
    region: str | None
    work: tuple[str, str]


def copy_statement(
    table: str, columns: Sequence[str], manifest_url: str, settings: CopySettings, max_errors: int
) -> str:
    """A COPY of the objects in a manifest.

    :param max_errors: the number of errors at which the load fails.
    :raises ValueError: one of the settings is not what it should be; keys are never taken.
    """
    lines = [
        f"copy {identifier(table)} ({', '.join(identifier(name) for name in columns)})",
        f"from {literal(manifest_url)}",
        f"iam_role {_role(settings.iam_role)}",
        f"format as json {literal(settings.json)}",
        "manifest",
        f"maxerror {int(max_errors)}",
    ]
    if region := settings.region:
        if not _REGION.fullmatch(region):
            raise ValueError(f"{region!r} is not the name of an AWS region")
        lines.append(f"region {literal(region)}")
    for option in settings.options:
        if not _OPTION.fullmatch(option):
            raise ValueError(f"{option!r} is not an option of COPY with at most one value")
        lines.append(option)
    return "\n".join(lines)


def _role(role: str) -> str:
    if role == "default":
        return role
    if not _ROLE.fullmatch(role):
        raise ValueError(
            f"{role!r} is not the ARN of an IAM role: say arn:aws:iam::<account>:role/<name>,"
            " or default for the cluster's own"
        )
    return literal(role)
