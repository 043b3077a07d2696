"""docs/redshift.md matches the probes."""

from __future__ import annotations

import re
from collections import Counter

from conformance.document import PATH, document
from conformance.probes import all_probes
from tests.support.runs import ROOT

PROBES = all_probes()


def test_the_file_is_what_is_generated():
    assert PATH == ROOT / "docs" / "redshift.md"
    assert PATH.read_text() == document(), "run `make docs`"


def test_every_probe_is_a_row_of_its_own():
    names = Counter(probe.name for probe in PROBES)
    behaviours = Counter(probe.behaviour for probe in PROBES)
    assert [name for name, n in (names + behaviours).items() if n > 1] == []
    for probe in PROBES:
        assert f"| {probe.behaviour} | {probe.page} | {probe.because} |" in document()


def test_every_probe_names_a_page_of_the_manual_and_a_reason():
    for probe in PROBES:
        assert all(re.fullmatch(r"[\w-]+", page) for page in probe.page.split(", ")), probe
        assert probe.because, probe
        assert "|" not in probe.behaviour + probe.because + probe.local + probe.note, probe
        assert not probe.behaviour.endswith("."), probe


def test_the_topics_of_the_documentation_are_whole():
    """If a topic's probes were not adjacent, the topic would have two sections."""
    headings = re.findall(r"^## (.*)$", document(), re.MULTILINE)
    assert headings == list(dict.fromkeys(headings))


def test_how_the_local_endpoint_differs_is_in_the_document():
    rows = [line for line in document().splitlines() if "**differs**" in line]
    assert len(rows) == sum(bool(probe.local) for probe in PROBES) > 0
