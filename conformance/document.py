"""`python -m conformance.document`: write docs/redshift.md from the probes."""

from __future__ import annotations

import sys
from itertools import groupby

from conformance import ROOT
from conformance.probe import Probe
from conformance.probes import all_probes
from conformance.probes.functions import FUNCTIONS

PATH = ROOT / "docs" / "redshift.md"

_HEAD = """\
<!-- Generated from conformance/ by `make docs`: edit the probes there. -->

# What this project relies on in Amazon Redshift

Each row is a behaviour that a load depends on, with the page of the *Database Developer Guide*
that describes it (`docs.aws.amazon.com/redshift/latest/dg/PAGE.html`). Each row is also a probe:
a short test in [`conformance/`](../conformance) that runs on any Redshift. The last column says
whether [the local endpoint](../local/redshift/README.md) behaves the same;
[a test](../tests/conformance/test_probes.py) verifies this.

## Run it on your own Redshift

```sh
make conformance                                              # starts a local endpoint
make conformance CONN=redshift_default BUCKET=my-bucket       # your Redshift
```

- **What it does.** It creates a schema `conformance_…` and writes small objects below a prefix of
  the same name in the bucket. It removes both at the end, also after a failure. One probe creates
  a role in a transaction that it rolls back. It writes nowhere else. It prints a table and writes
  `build/conformance.json` (`REPORT=…` names another file). The file can be attached to an issue: it
  contains no passwords, keys or account ids.
- **What it reports.** *holds*, *differs*, or *cannot tell* with the reason, such as a missing
  permission. The exit status is 1 if a behaviour differs, and 2 if none could be observed.
- **What it needs.** `CONN` is an Airflow connection of type `redshift` or `postgres`, in the
  environment (`AIRFLOW_CONN_…`) or in Airflow's database. S3 and the role for `COPY` come from
  `aws_default`, as for the loads ([the connections](connections.md)). The database user needs
  `CREATE` on the database (for the schema) and `TEMPORARY`; one probe also needs the permission
  `CREATE ROLE`. `COPY`'s role needs read access to the bucket. Airflow must be able to list the
  bucket, and to write and delete objects in it. Most probes of `COPY` need a bucket in the
  cluster's region.
- **What it costs.** It runs for some minutes, on a few hundred rows and one object of 4 MB. On a
  provisioned cluster this costs nothing extra. Serverless bills some minutes at its base
  capacity, cents to a few dollars.
- `UNREADABLE=s3://bucket/key` names an object that the role may not read, to see `COPY`'s error.
  `ARGS="--only lock"` runs the probes whose names contain a word.
- `ARGS="-- --isolation serializable --system-view-lag 2"` runs the probes on the local endpoint
  with its harsh settings.

No statement of this project has been sent to a real Redshift from this repository. In a first run,
check the texts of `COPY`'s errors (they decide what is retried), how late the `SYS_` views show a
load to its own session, and the plan of `load/songplays_late_songs.sql`.

"""

_FUNCTIONS_HEAD = """\
## Functions

All functions that this project's statements call, or those of a recipe in
[Extending](extending.md). A test compares this list with the statements of a full run.

| functions | page |
| --- | --- |
"""


def document() -> str:
    """The text of docs/redshift.md."""
    sections = [
        _section(topic, list(probes))
        for topic, probes in groupby(all_probes(), key=lambda probe: probe.topic)
    ]
    functions = "".join(f"| {item.names} | {item.pages} |\n" for item in FUNCTIONS)
    return _HEAD + "".join(sections) + _FUNCTIONS_HEAD + functions


def _section(topic: str, probes: list[Probe]) -> str:
    rows = "".join(
        f"| {probe.behaviour} | {probe.page} | {probe.because} | {_local(probe)} |\n"
        for probe in probes
    )
    return (
        f"## {topic}\n\n"
        "| behaviour | page | why it matters here | local endpoint |\n"
        "| --- | --- | --- | --- |\n"
        f"{rows}\n"
    )


def _local(probe: Probe) -> str:
    if probe.local:
        return f"**differs**: {probe.local}"
    return f"the same; {probe.note}" if probe.note else "the same"


def main() -> int:
    PATH.write_text(document())
    return 0


if __name__ == "__main__":
    sys.exit(main())
