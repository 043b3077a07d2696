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
    monkeypatch.setattr(settings, "OWN", folder.name)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


def value() -> int:
    loaded: int = importlib.import_module("rooms_of_test.room").VALUE
    return loaded


@pytest.mark.parametrize("changed", ["room.py", "__init__.py", None])
def test_a_change_of_any_file_makes_the_next_import_load_all_modules_again(package, changed):
    assert value() == 1
    if changed != "room.py":  # the module is older than the record of the files
        (package / "room.py").write_text("VALUE = 22")
    code = settings.LoadedCode()
    if changed:
        (package / changed).write_text("VALUE = 22")
        os.utime(package / changed, (1, 1))  # the clock of a file system may be slower than a test
    code.forget_if_changed()
    assert value() == (22 if changed else 1)


def test_a_module_whose_file_was_deleted_is_forgotten(package):
    assert value() == 1
    code = settings.LoadedCode()
    (package / "room.py").unlink()
    code.forget_if_changed()
    with pytest.raises(ModuleNotFoundError):
        value()


def test_the_modules_that_are_loaded_early_are_there():
    own = settings._own_modules()
    assert {"sparkify.operators.load_fact", "sparkify.quality.contract"} < {*own}
    assert not any(name.startswith(("sparkify.insights", "sparkify.commands")) for name in own)
    for name in (*settings.MODULES, *own):
        importlib.import_module(name)
