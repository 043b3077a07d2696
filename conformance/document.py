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
<!-- `make docs` writes this file from conformance/: change the probes there. -->

# What this project relies on in Amazon Redshift

Each row is a behaviour that a load depends on, with the page of the *Database Developer Guide*
that describes it (`docs.aws.amazon.com/redshift/latest/dg/PAGE.html`). Each row is a probe, too:
a short test in [`conformance/`](../conformance) that can be run against any Redshift. The last
column says whether [the local endpoint](../local/redshift/README.md) behaves so;
[a test](../tests/conformance/test_probes.py) holds it to that.

## Run it on your own Redshift

```sh
make conformance                                              # a local endpoint, started for it
make conformance CONN=redshift_default BUCKET=my-bucket       # your Redshift
```

- **What it does.** It creates a schema `conformance_…` and writes small objects below a prefix of
  the same name in the bucket. It removes both at the end, also after a failure. It writes nowhere
  else. It prints a table and writes `build/conformance.json` (`REPORT=…` names another file), which
  can be attached to an issue: it holds no password, no key and no account id.
- **What it says.** *holds*, *differs*, or *cannot tell* with the reason, for example a permission
  that the user lacks. The exit status is 1 if a behaviour differs, and 2 if nothing could be seen.
- **What it needs.** `CONN` is an Airflow connection of type `redshift` or `postgres`, in the
  environment (`AIRFLOW_CONN_…`) or in Airflow's database. S3 and the role for `COPY` come from
  `aws_default`, as for the loads ([the connections](connections.md)). The database user needs
  `CREATE` on the database (for the schema) and `TEMPORARY`. The role of `COPY` may read the bucket.
  Airflow may list the bucket, and write and delete objects in it. A bucket in the same region as
  the cluster is needed for most probes of `COPY`.
- **What it costs.** It runs for some minutes, on a few hundred rows and one object of 4 MB. On a
  provisioned cluster this costs nothing extra. Serverless bills some minutes at its base
  capacity, cents to a few dollars.
- `UNREADABLE=s3://bucket/key` names an object that the role may not read, to see how `COPY`
  says so. `ARGS="--only lock"` runs the probes whose names contain a word.
- `ARGS="-- --isolation serializable --system-view-lag 2"` probes the local endpoint with
  its harsh settings.

No statement of this project has been sent to a real Redshift from this repository. What a first
run should be watched for: the words of `COPY`'s errors (they decide what is tried again), how late
the `SYS_` views show a load to its own session, and the plan of `load/songplays_late_songs.sql`.

"""

_FUNCTIONS_HEAD = """\
## Functions

Every function that a statement of this project calls, or of a recipe in
[Extending](extending.md). A test holds the statements of a full run to this list.

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
        "| behaviour | page | here it matters because | local endpoint |\n"
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
