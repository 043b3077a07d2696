"""The probes, one module per topic, in the order of docs/redshift.md."""

from importlib import import_module

from conformance.probe import REGISTERED, Probe

_TOPICS = (
    *("transactions", "locks", "statements", "copy_sources", "copy_values", "copy_failures"),
    *("copy_account", "tables", "views", "comments", "roles", "queries", "functions", "end_to_end"),
)


def all_probes(only: str = "") -> list[Probe]:
    """All probes whose names contain `only`, in the order of docs/redshift.md.

    :raises ValueError: there is none.
    """
    modules = [f"{__name__}.{topic}" for topic in _TOPICS]
    for module in modules:
        import_module(module)  # registers its probes
    probes = [probe for probe in REGISTERED if only in probe.name]
    if not probes:
        raise ValueError(f"no probe has a name that contains {only!r}")
    return sorted(probes, key=lambda probe: modules.index(probe.look.__module__))
