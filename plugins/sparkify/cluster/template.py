"""The CloudFormation template of the cluster, and a trigger form of its parameters.

The template says which values a parameter may have. The form says the same, so that a wrong
value is refused before a run starts.
"""

from __future__ import annotations

from typing import Any

import yaml

from sparkify.include import CLOUDFORMATION

TEMPLATE = CLOUDFORMATION / "redshift-provisioned.yaml"

# A rule in CloudFormation's words, and in JSON Schema's.
_RULES = {
    "Description": "description",
    "AllowedValues": "enum",
    "MaxLength": "maxLength",
    "MinValue": "minimum",
    "MaxValue": "maximum",
}


class _Loader(yaml.SafeLoader):
    """Reads `!Ref`, `!Sub` and the like as None; no parameter has any."""


_Loader.add_multi_constructor("!", lambda *_: None)


def form(*names: str) -> dict[str, dict[str, Any]]:
    """The arguments of an Airflow ``Param`` for each of these parameters."""
    parameters = yaml.load(TEMPLATE.read_text(), _Loader)["Parameters"]  # noqa: S506 - a SafeLoader
    return {name: _field(parameters[name]) for name in names}


def _field(parameter: dict[str, Any]) -> dict[str, Any]:
    field = {_RULES[rule]: value for rule, value in parameter.items() if rule in _RULES}
    if "AllowedPattern" in parameter:
        # CloudFormation matches the whole value. `$` alone would match before a line break, too.
        field["pattern"] = rf"^(?:{parameter['AllowedPattern']})(?!\n)$"
    if parameter["Default"] == "":  # may be left empty, which Airflow calls null
        return field | {"type": ["null", "string"], "default": None}
    # All numbers of the template are integers.
    kind = "integer" if parameter["Type"] == "Number" else "string"
    return field | {"type": kind, "default": parameter["Default"]}
