"""The probes, a module for each topic; they are listed in the order of the documentation."""
# isort: skip_file - importing a module registers its probes, in this order

from conformance.probe import REGISTERED, Probe
from conformance.probes import (  # noqa: F401
    copy_account,
    copy_failures,
    copy_sources,
    copy_values,
    end_to_end,
    functions,
    locks,
    queries,
    statements,
    tables,
    transactions,
    views,
)


def all_probes() -> list[Probe]:
    """All probes, in the order of the documentation."""
    return list(REGISTERED)
