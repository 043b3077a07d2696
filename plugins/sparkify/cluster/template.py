"""The CloudFormation template of the cluster, and a trigger form of its parameters.

The template says which values a parameter may have. The form says the same, so that a wrong
value is refused before a run starts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from sparkify.include import CLOUDFORMATION

TEMPLATE = CLOUDFORMATION / "redshift-provisioned.yaml"

# A rule in CloudFormation's words, and in JSON Schema's.
_RULES = {
    "Default": "default",
    "Description": "description",
    "AllowedValues": "enum",
    "MaxLength": "maxLength",
    "MinValue": "minimum",
    "MaxValue": "maximum",
}


class _Loader(yaml.SafeLoader):
    """Reads `!Ref`, `!Sub` and the like as None; no parameter has any."""


_Loader.add_multi_constructor("!", lambda *_: None)


def form(*required: str, optional: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """The arguments of an Airflow ``Param`` for each of these parameters.

    An optional one may stay empty, so that a run changes nothing that it does not name.
    """
    parameters = yaml.load(TEMPLATE.read_text(), _Loader)["Parameters"]  # noqa: S506 - a SafeLoader
    return {name: _field(parameters[name]) for name in required} | {
        name: _optional(_field(parameters[name])) for name in optional
    }


def _field(parameter: dict[str, Any]) -> dict[str, Any]:
    field = {_RULES[rule]: value for rule, value in parameter.items() if rule in _RULES}
    if "AllowedPattern" in parameter:
        # CloudFormation matches the whole value. `$` alone would match before a line break, too.
        field["pattern"] = rf"^(?:{parameter['AllowedPattern']})(?!\n)$"
    # All numbers of the template are integers.
    return field | {"type": "integer" if parameter["Type"] == "Number" else "string"}


def _optional(field: dict[str, Any]) -> dict[str, Any]:
    first = field["default"] or "AWS's default"
    field["description"] += f". Empty: as it is, and {first} in a new cluster."
    if "enum" in field:
        field["enum"] = [None, *field["enum"]]
    return field | {"type": ["null", field["type"]], "default": None}
