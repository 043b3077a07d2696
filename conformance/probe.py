"""A probe: one behaviour of Redshift, the manual's page, and a function that checks it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sparkify.failures import describe, sqlstate

if TYPE_CHECKING:
    from conformance.target import Target
    from sparkify.warehouse.session import Warehouse

NOT_ALLOWED = "42501"  # SQLSTATE: insufficient privilege

Look = Callable[["Target"], str]


class Differs(Exception):
    """The target does not behave as the manual says; the message is what was observed."""


class CannotTell(Exception):
    """The behaviour cannot be observed on the target; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One behaviour.

    :param topic: its section in docs/redshift.md.
    :param behaviour: what Redshift does, in one sentence.
    :param page: pages of the Database Developer Guide, separated by commas.
    :param because: why the project depends on it.
    :param look: runs statements, and returns what it observed if the behaviour holds.
    :param local: how the local endpoint differs; empty if the probe holds there.
    :param note: a remark about the local endpoint, if the probe holds there.
    """

    topic: str
    behaviour: str
    page: str
    because: str
    look: Look
    local: str = ""
    note: str = ""

    @property
    def name(self) -> str:
        """The name of its function, which `--only` selects by."""
        return self.look.__name__


REGISTERED: list[Probe] = []


def probe(
    topic: str, behaviour: str, *, page: str, because: str, local: str = "", note: str = ""
) -> Callable[[Look], Look]:
    """Decorator that registers a function as a probe; for the parameters see ``Probe``."""

    def register(look: Look) -> Look:
        REGISTERED.append(Probe(topic, behaviour, page, because, look, local, note))
        return look

    return register


def expect(what: str, saw: Any, expected: Any) -> None:
    """Compare an observation with the manual.

    :raises Differs: they are not equal.
    """
    if saw != expected:
        raise Differs(f"{what}: {saw!r}, not {expected!r}")


def refusal(
    session: Warehouse, sql: str, values: dict[str, Any] | None = None, *, words: str = ""
) -> Exception:
    """Run a statement that Redshift refuses, and return its error.

    :param words: a regular expression for the error's text, ignoring case. Another text would be
        another error.
    :raises Differs: the statement was accepted, or refused for another reason.
    """
    try:
        session.execute(sql, values)
    except Exception as error:
        if sqlstate(error) is None:  # an error of the driver or the network, not of the server
            raise
        if not re.search(words, error_text(error), re.IGNORECASE):
            if sqlstate(error) == NOT_ALLOWED:  # it tells nothing about the statement
                raise
            raise Differs(error_text(error)) from error
        return error
    raise Differs(f"accepted: {sql}")


def error_text(error: BaseException) -> str:
    """An error's SQLSTATE and text, on one line."""
    return f"{sqlstate(error)} {' '.join(describe(error).split())}"
