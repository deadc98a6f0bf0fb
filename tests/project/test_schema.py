from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from photomosaic.errors import InputError
from photomosaic.images.crop import Cut
from photomosaic.project.files import write_project
from photomosaic.project.project import EditRefs, PhotoRef, Place, Project, TileRef
from photomosaic.project.schema import parse

PROJECT = Path(__file__).resolve().parents[2]
HASHES = [f"{number:064x}" for number in range(3)]
# JSON as people and programs may write it into any place of a file.
VALUES = [
    *("1e999", "-1e999", "NaN", "-Infinity", "1e308", "1e-320", "-0.0", "0.5"),
    *("-1", "0", "2", "99999999999999999999", "9" * 310, "1" * 5000),
    *("null", "true", "[]", "{}", "[[]]", "[" * 900 + "]" * 900, '{"a": 1, "a": 2}'),
    *('""', '"\\ud800"', '"\\udcff"', '"\\u0000"', '"a\\nb"', '"/etc/passwd"', '".."'),
    json.dumps("x" * 5000),
]


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """Return what a project's file holds."""
    refs = [PhotoRef(f"{number}.png", digest) for number, digest in enumerate(HASHES)]
    settings = {
        **{
            "scale": 8,
            "target_width": None,
            "cuts": 8,
            "clips": True,
            "mirror": True,
            "refine": 0.5,
            "variety": 0,
            "height_aspect": 4,
            "width_aspect": 3,
            "metric": "rgb",
        },
        **{"vectorization_factor": 1, "crop": "center", "trim": True, "recursive": True},
        **{"exclude": ["a*"], "best_k": 1, "randomness": 0, "tint": 0, "opacity": 0.5},
        **{"seed": 0, "max_uses": None, "min_spacing": 1, "use_all": False},
        **{"dedupe": False, "dither": 0},
        **{"layout": "brick", "detail": 0.0, "cells": None},
        **{"gap": 0.1, "gap_color": "#ff0000", "round": 0.5},
        **{"mask": "/m.png", "shape": None, "text": None, "font": None},
        **{"mask_fit": "cover", "mask_edge": "cut", "background": None},
    }
    edits = EditRefs((refs[0],), (Place(0, 1, refs[1]),), (Place(1, 1, refs[2]),), (refs[2],))
    tiles = TileRef(refs[1]), TileRef(refs[2], Cut(0, 0.25, 1, 0.5, mirrored=True))
    cells = np.array([[0, 1], [1, 0]], np.int32)
    path = tmp_path_factory.mktemp("project") / "a.json"
    write_project(
        Project("/t.png", HASHES[0], "/p", settings, tiles, cells, edits, 1.5, {"a": "1"}),
        path,
    )
    return json.loads(path.read_bytes())


def places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def text_with(value, place, raw):
    """Return a document as JSON with other text in one place."""
    if not place:
        return raw
    mark = "put it here"
    changed = json.loads(json.dumps(value))
    part = changed
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = mark
    return json.dumps(changed).replace(json.dumps(mark), raw)


def told_of(text):
    with pytest.raises(InputError) as told:
        parse(text.encode())
    message = str(told.value)
    assert message.isprintable()
    assert len(message) < 300
    return message


def test_it_comes_back_as_it_was_written(document, tmp_path):
    project = parse(json.dumps(document).encode())
    write_project(project, tmp_path / "again.json")
    assert json.loads((tmp_path / "again.json").read_bytes()) == document


@pytest.mark.parametrize(
    ("place", "raw", "told"),
    [
        (("settings", "height_aspect"), "1e308", "settings.height_aspect: 1e+308 is not a number"),
        (("settings", "tint"), "1e999", "settings.tint: inf is not a number from 0 to 1"),
        (("settings", "tint"), "NaN", "settings.tint: nan is not a number from 0 to 1"),
        (("settings", "seed"), "1" * 5000, "settings.seed: expected a whole number, not a number"),
        (("settings", "scale"), "9" * 300, "settings.scale: 99"),
        (("settings", "scale"), "null", "settings.scale: expected a whole number, not null"),
        (("settings", "target_width"), "1", "settings.target_width: 1 is not a whole number"),
        (("settings", "exclude"), '["a", "\\ud800"]', "settings.exclude[1]: no file can be called"),
        (("settings", "exclude"), "[1]", "settings.exclude[0]: expected text, not a whole number"),
        (("settings", "trim"), "1", "settings.trim: expected true or false, not a whole number"),
        (("figures", "bound"), "1e999", "figures.bound: inf is no total distance"),
        (("target", "path"), '"\\ud800"', "target.path: no file can be called '\\ud800'"),
        (("target", "path"), '"a\\u0000"', "target.path: no file can be called 'a\\x00'"),
        (("photos_dir",), '""', "photos_dir: no file can be called ''"),
        (("photos", 1, "path"), '"\\ud800"', "photos[1]: no file can be called '\\ud800'"),
        (("photos", 1, "sha256"), f'"{HASHES[0]}\\n"', "photos[1].sha256: is not in"),
        (("grid",), '{"rows": 2, "rows": 2, "cols": 2}', "grid.rows: expected a whole number, not"),
        (("grid", "rows"), "9" * 300, "grid.rows: expected a whole number <= "),
        (("edits", "pin", 0, "row"), "2", "edits.pin[0]: there is no cell 2,1"),
        (("edits", "pin", 0, "sha256"), f'"{HASHES[0]}"', "edits.pin[0]: '1.png' is banned"),
        (("cells", 1, 1), "2", "cells: row 1, column 1: there is no photo 2; the project has 2"),
        (("cells", 1), "[0, [1]]", "cells[1][1]: expected a whole number or null, not a list"),
        (("photos",), "[]", "cells: row 0, column 0: there is no photo 0; the project has 0"),
        (("edits",), '{"\\ud800": 1}', "'\\ud800': there is no such key"),
        (("edits",), "[" * 100_000, "is no mosaic project"),
        ((), "[]", "is no mosaic project"),
    ],
)
def test_what_it_cannot_hold_is_told_with_its_place(document, place, raw, told):
    assert told_of(text_with(document, place, raw)).startswith(told)


@pytest.mark.parametrize(("name", "value"), [("target_width", None), ("refine", 0), ("variety", 0)])
def test_a_project_without_a_setting_of_later_has_what_was_before(document, name, value):
    before = json.loads(json.dumps(document))
    del before["settings"][name]
    assert parse(json.dumps(before).encode()).settings[name] == value


def test_a_cell_is_pinned_once(document):
    pins = [*document["edits"]["pin"], {"row": 0, "col": 1, "path": "2.png", "sha256": HASHES[2]}]
    text = text_with(document, ("edits", "pin"), json.dumps(pins))
    assert told_of(text) == "edits.pin[1]: another photo is pinned into 0,1"


def test_mosaics_without_a_project_do_not_load_the_schema():
    code = "import sys, mosaic, photomosaic.jobs.mosaic; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert "photomosaic.project.files" in result.stdout.split()
    assert "msgspec" not in result.stdout.split()


def test_names_that_are_not_utf_8_are_names(document):
    project = parse(text_with(document, ("photos", 0, "path"), '"\\udcff.png"').encode())
    assert project.tiles[0].photo.path == "\udcff.png"


def test_whatever_stands_in_a_file_it_is_a_project_or_one_line(document):
    rng, refused = np.random.default_rng(1), 0
    everywhere = list(places(document))
    for _ in range(600):
        text = text_with(
            document, everywhere[rng.integers(len(everywhere))], VALUES[rng.integers(len(VALUES))]
        )
        try:
            parse(text.encode())
        except InputError:
            refused += 1
            told_of(text)
    assert 300 < refused < 600
