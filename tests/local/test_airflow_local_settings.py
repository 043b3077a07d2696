"""A task runs the project's code as it is now, although the scheduler loads it before it forks."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack.airflow_config import airflow_local_settings as settings


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with the name that the settings take for the project's own."""
    folder = tmp_path / "rooms_of_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "room.py").write_text("VALUE = 1")
    (folder / "other.py").touch()
    monkeypatch.setattr(settings, "OWN", folder.name)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


def value() -> int:
    loaded: int = importlib.import_module("rooms_of_test.room").VALUE
    return loaded


@pytest.mark.parametrize("changed", ["room.py", "__init__.py", "other.py", None])
def test_a_change_of_any_file_makes_the_next_import_load_all_modules_again(package, changed):
    code = settings.OwnCode()
    code.load()
    (package / "room.py").write_text("VALUE = 22")
    os.utime(package / "room.py", (1, 1))  # a file system's clock may be slower than a test
    if changed != "room.py":  # it is as it was when the files were found
        code = settings.OwnCode()
    if changed:
        (package / changed).write_text("VALUE = 22")
        os.utime(package / changed, (2, 2))
    code.forget_if_changed()
    assert value() == (22 if changed else 1)


def test_a_file_that_changes_while_the_modules_are_loaded_counts_as_changed(package):
    code = settings.OwnCode()
    (package / "room.py").write_text("VALUE = 22")
    os.utime(package / "room.py", (1, 1))
    code.load()
    (package / "room.py").write_text("VALUE = 333")
    code.forget_if_changed()
    assert value() == 333


def test_a_module_whose_file_was_deleted_is_forgotten(package):
    code = settings.OwnCode()
    code.load()
    (package / "room.py").unlink()
    code.forget_if_changed()
    with pytest.raises(ModuleNotFoundError):
        value()


def test_a_module_with_an_error_does_not_stop_the_scheduler_and_is_loaded_once_it_is_mended(
    package,
):
    (package / "room.py").write_text("VALUE = ")
    code = settings.OwnCode()
    code.load()
    with pytest.raises(SyntaxError):
        value()
    (package / "room.py").write_text("VALUE = 1")
    code.forget_if_changed()
    assert value() == 1


def test_without_the_project_on_the_path_nothing_is_loaded(monkeypatch):
    monkeypatch.setattr(settings, "OWN", "no_such_package")
    code = settings.OwnCode()
    code.load()
    code.forget_if_changed()


def test_the_modules_that_are_loaded_early_are_there():
    for name in settings.MODULES:
        importlib.import_module(name)
    names = settings.OwnCode()._names.values()
    assert {"sparkify.operators.load_fact", "sparkify.insights.app"} < {*names}
    assert all(
        any(name.startswith(left_out) for name in names) for left_out in settings._NOT_LOADED
    )
