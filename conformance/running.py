"""Runs the probes in order. A failing probe does not stop the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from conformance.masking import masked
from conformance.probe import NOT_ALLOWED, CannotTell, Differs, Probe, error_text
from conformance.target import Target
from sparkify.failures import ConnectionLost, describe, s3_code, sqlstate, transient_kind

Status = Literal["holds", "differs", "cannot tell"]

_S3_REFUSES = frozenset({"AccessDenied", "403", "AllAccessDisabled"})


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one probe.

    :param saw: what the probe observed, or why it cannot tell, without secrets.
    :param declared: the target is the local endpoint, and the probe declares this difference.
    """

    probe: Probe
    status: Status
    saw: str
    seconds: float
    declared: bool = False


def run_probes(
    probes: Sequence[Probe], target: Target, report: Callable[[Result], None]
) -> list[Result]:
    """Run all of the probes.

    :param report: called with each result.
    """
    results = []
    for probe in probes:
        began = time.monotonic()
        status, saw = _look(probe, target)
        result = Result(
            probe,
            status,
            masked(saw),
            round(time.monotonic() - began, 2),
            declared=status == "differs" and target.is_local and bool(probe.local),
        )
        results.append(result)
        report(result)
    return results


def _look(probe: Probe, target: Target) -> tuple[Status, str]:
    try:
        return "holds", probe.look(target)
    except Differs as seen:
        return "differs", str(seen)
    except CannotTell as reason:
        return "cannot tell", str(reason)
    except Exception as error:
        return _judge(error), error_text(error) if sqlstate(error) else _named(error)
    finally:
        target.end_probe()


def _judge(error: Exception) -> Status:
    """The status for an unexpected error.

    An error of the server is a difference. A missing permission, a lost connection or a bug in the
    probe says nothing about the behaviour.
    """
    if sqlstate(error) in (None, NOT_ALLOWED) or s3_code(error) in _S3_REFUSES:
        return "cannot tell"
    return "cannot tell" if transient_kind(error) is ConnectionLost else "differs"


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(describe(error).split())}"


def exit_status(results: Sequence[Result]) -> int:
    """0: every observed behaviour holds. 1: one differs. 2: none could be observed."""
    if any(result.status == "differs" and not result.declared for result in results):
        return 1
    return 0 if any(result.status == "holds" for result in results) else 2
