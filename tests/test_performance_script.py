from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from PIL import Image

import performance
from photomosaic.cli import performance as measuring
from photomosaic.cli.performance import FILES

COLOURS = [(250, 20, 20), (20, 250, 20), (20, 20, 250), (240, 240, 240), (10, 10, 10), (90, 0, 90)]


@pytest.fixture
def words(tmp_path, make_photo):
    (tmp_path / "my photos 100%").mkdir()
    for number, colour in enumerate(COLOURS):
        suffix = "png" if number % 2 else "jpg"
        make_photo(tmp_path / "my photos 100%" / f"{number}.{suffix}", colour)
    target = make_photo(tmp_path / "target.png", size=(120, 96))
    return {
        "--target": target,
        "--codebook-dir": tmp_path / "my photos 100%",
        "--min-scale": 1,
        "--max-scale": 6,
        "--savedir": tmp_path / "figures",
    }


def run(words, *more):
    return performance.main([*(str(word) for pair in words.items() for word in pair), *more])


def test_a_quick_run_writes_plots_figures_and_a_table(words, capsys):
    assert run(words, "--quick") == 0
    savedir = words["--savedir"]
    assert {path.name for path in savedir.iterdir()} == set(FILES)
    for path in savedir.glob("*.png"):
        with Image.open(path) as plot:
            assert plot.size == (960, 600)
            assert len(plot.convert("L").getcolors()) > 10
    told = capsys.readouterr().out
    assert told == (savedir / "table.md").read_text()
    assert len(re.findall(r"^\| mosaic at scale", told, re.MULTILINE)) == 4


def test_the_figures_add_up(words):
    assert run(words, "--repeats", "3") == 0
    figures = json.loads((words["--savedir"] / "performance.json").read_text())
    assert set(figures) == {"versions", "machine", "settings", "target", "measurements"}
    found = figures["measurements"]
    assert found["photos"] == len(COLOURS)
    assert [(scale["scale"], scale["height"]) for scale in found["scales"]] == [
        (scale, 4 * scale) for scale in range(1, 7)
    ]
    assert [scale["cells"] for scale in found["scales"]][:2] == [24 * 40, 12 * 20]
    stages = {"features", "search", "select", "compose", "encode"}
    for scale in found["scales"]:
        assert stages <= set(scale["stages"])
        most = sum(stage["most"] for stage in scale["stages"].values())
        assert 0 < scale["total"]["least"] <= scale["total"]["median"] <= scale["total"]["most"]
        assert scale["total"]["most"] <= most * 1.000001
    assert [size for size, _ in found["lookup"]][-1] == len(COLOURS)
    assert list(found["caching"]) == ["no cache", "first run", "later run"]
    assert set(found["formats"]) == {"JPEG", "PNG"}


@pytest.mark.parametrize(
    ("option", "value"),
    [("--target", "gone.jpg"), ("--codebook-dir", "gone"), ("--max-scale", 1000)],
)
def test_a_mistake_names_its_option_and_nothing_is_written(words, capsys, option, value):
    assert run({**words, option: value}) == 2
    error = capsys.readouterr().err
    assert option in error
    assert error.count("\n") == 1
    assert not list(words["--savedir"].glob("*"))


def test_scales_the_wrong_way_round(words, capsys):
    assert run({**words, "--min-scale": 7}) == 2
    assert "swap them" in capsys.readouterr().err


def test_it_measures_the_toolkit_and_no_copy_of_it():
    source = ast.parse(Path(measuring.__file__).read_text())
    imported = {str(node.module) for node in ast.walk(source) if isinstance(node, ast.ImportFrom)}
    assert {"photomosaic.mosaic", "photomosaic.codebook.library"} <= imported
    assert not any("faiss" in name or "matching" in name for name in imported)


def test_what_is_measured_is_what_mosaics_are_made_with(words, monkeypatch):
    rendered = []
    real = performance.measure.__globals__["Mosaicker"].render
    monkeypatch.setattr(
        "photomosaic.mosaic.Mosaicker.render",
        lambda self, frame: rendered.append(self) or real(self, frame),
    )
    assert run(words, "--repeats", "2") == 0
    assert len(rendered) == (1 + 2) * 6  # the first of each scale is not timed


def test_tiles_too_large_to_measure_are_refused(words, capsys, make_photo):
    make_photo(words["--target"], size=(1000, 1000))
    assert run({**words, "--max-scale": 49}) == 2
    assert "--max-scale 49" in capsys.readouterr().err
