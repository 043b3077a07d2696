"""`repaired` restores text of a wrong encoding as ftfy does, and leaves it where it is not sure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ftfy
import pytest

from sparkify.warehouse.statements import rendered
from tests.dags.test_sparkify_etl import REAL_DATA
from tests.support.files import files
from tests.support.runs import query

REPAIRED = rendered('{% from "macros.jinja" import repaired %}{{ repaired("logged") }}')
WORDS = ("Björk", "Beyoncé", "À la carte", "São Paulo", "Édith Piaf", "¿Qué?", "«Où»", "İ", "日本")


def repair(warehouse: Any, texts: set[str]) -> dict[str, str | None]:
    query(warehouse, "create temp table texts (logged varchar(1000))")
    for text in texts:
        warehouse.cursor().execute("insert into texts values (%s)", [text])
    sql = f"select logged, {REPAIRED} from texts".replace("%%", "%")
    return dict(query(warehouse, sql))  # type: ignore[arg-type]


def damaged(text: str, times: int, encoding: str) -> str:
    for _ in range(times):
        text = text.encode().decode(encoding)
    return text


def test_damaged_words_are_repaired(redshift):
    once = {damaged(word, 1, "latin-1"): word for word in WORDS[:7]}
    twice = {damaged(word, 2, "latin-1"): word for word in WORDS[:7]}
    windows = {damaged(word, 1, "cp1252"): word for word in ("Björk", "Édith Piaf", "¿Qué?")}
    assert repair(redshift, {*once, *twice, *windows}) == once | twice | windows


@pytest.mark.parametrize("text", [*WORDS, "SÃO PAULO", "ÂME", "N° 5", "BjÃ¶rk in SÃO", "Ã", ""])
def test_text_that_is_intact_or_not_certain_is_left(redshift, text):
    assert repair(redshift, {text}) == {text: None}


def test_the_real_texts_are_repaired_as_ftfy_repairs_them(redshift):
    if not REAL_DATA.is_dir():
        pytest.skip("the real data is not on this machine")
    texts = {
        text
        for record in records(REAL_DATA)
        for name in ("song", "artist", "location", "title", "artist_name", "artist_location")
        if (text := str(record.get(name) or "")) and not text.isascii()
    }
    expected = {text: ftfy.fix_encoding(text) for text in texts}
    assert sum(text != repaired for text, repaired in expected.items()) > 40
    assert repair(redshift, texts) == {
        text: None if text == repaired else repaired for text, repaired in expected.items()
    }


def records(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in files(folder, "*_data/**/*.json")
        for line in path.read_text().splitlines()
    ]
