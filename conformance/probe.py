"""A probe: one behaviour of Redshift, where the manual says so, and how to see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sparkify.failures import describe, sqlstate

if TYPE_CHECKING:
    from conformance.target import Target
    from sparkify.warehouse.session import Warehouse

NOT_ALLOWED = "42501"  # the SQLSTATE of a refused permission

Look = Callable[["Target"], str]


class Differs(Exception):
    """The target does not behave as the manual says; the message is what was seen."""


class CannotTell(Exception):
    """The target does not allow to look; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One behaviour.

    :param topic: the section of docs/redshift.md that it stands in.
    :param behaviour: what Redshift does, in one sentence.
    :param page: of the Database Developer Guide; several are separated by commas.
    :param because: why the project depends on it.
    :param look: runs statements, and returns what it saw if the behaviour holds.
    :param local: how the local endpoint differs. Empty: it does not, and the probe holds there.
    :param note: what else to know about the local endpoint, where the probe holds.
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
        """The name of its function, by which `--only` picks it."""
        return self.look.__name__


REGISTERED: list[Probe] = []


def probe(
    topic: str, behaviour: str, *, page: str, because: str, local: str = "", note: str = ""
) -> Callable[[Look], Look]:
    """Make a probe of a function; the parameters are those of ``Probe``."""

    def register(look: Look) -> Look:
        REGISTERED.append(Probe(topic, behaviour, page, because, look, local, note))
        return look

    return register


def expect(what: str, saw: Any, expected: Any) -> None:
    """:raises Differs: what was seen is not what the manual says."""
    if saw != expected:
        raise Differs(f"{what}: {saw!r}, not {expected!r}")


def refusal(
    session: Warehouse, sql: str, values: dict[str, Any] | None = None, *, words: str = ""
) -> Exception:
    """Run a statement that Redshift refuses; the error that it answers with.

    :param words: a regular expression that the error's text matches, in any case of letters:
        another error would be of another cause.
    :raises Differs: the statement was accepted, or refused for another reason.
    """
    try:
        session.execute(sql, values)
    except Exception as error:
        if sqlstate(error) is None:  # of the driver or the network, not of the server
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
