from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from photomosaic.cli.hints import FILE_NAME, MOST_FOLDERS, hint_lines, hint_words
from photomosaic.jobs.grid_choice import GridChoice
from photomosaic.jobs.hints import Coarse, Lacking, NearMisses, Repeated, montage_hint, mosaic_hint
from photomosaic.rendering.tones import Lack

REPEATED = Repeated("holiday/a.jpg", 0.31, 8)
LINE = "hint: a.jpg fills 31% of the cells; --max-uses 8 spreads them"


def lack(name, share):
    return Lack(name, share, (0, 0, 0), (0,))


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (Coarse(GridChoice(7, 900)), "too coarse for a face; take --scale 7 --target-width 900"),
        (REPEATED, LINE.removeprefix("hint: ")),
        (
            Lacking((lack("blue", 0.2), lack("green", 0.15), lack("red", 0.11))),
            "the photos lack blue and green (35% of the picture); add such photos, or --tint 0.5",
        ),
        (NearMisses(1, None), "1 near miss, shown in review/near-misses.jpg; the word accepted"),
        (
            NearMisses(3, 0.55),
            "3 near misses, shown in review/near-misses.jpg; --min-confidence 0.5",
        ),
    ],
)
def test_hints_in_words(hint, words):
    assert hint_words(hint).startswith(words)


def test_the_same_words_are_said_once_for_a_folder(tmp_path):
    def said(hint, folder="photos", quiet=False):
        return hint_lines(hint, Path(folder), tmp_path, quiet=quiet)

    assert said(REPEATED, quiet=True) == []
    assert said(REPEATED) == [LINE]
    assert said(REPEATED) == []
    assert said(REPEATED, "others") == [LINE]
    assert said(Repeated("a.jpg", 0.2, 8)) != []
    assert said(REPEATED) == [LINE]
    # Mended, and then there again: it holds anew.
    assert said(None) == []
    assert said(REPEATED) == [LINE]


def test_without_a_cache_nothing_is_remembered(tmp_path):
    for cache in (None, tmp_path / "missing", tmp_path / "missing"):
        assert hint_lines(REPEATED, Path("photos"), cache, quiet=False) == [LINE]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"mine", b"[1]", b"{}x", b'{"a": 1}', b"[" * 100_000, b"\xff", b'{"a": "b"}']
)
def test_a_file_that_is_not_ours_is_left_alone(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    assert hint_lines(REPEATED, Path("photos"), tmp_path, quiet=False) == [LINE]
    assert (tmp_path / FILE_NAME).read_bytes() == content


def test_only_the_last_folders_are_remembered(tmp_path):
    for number in range(MOST_FOLDERS + 5):
        hint_lines(REPEATED, Path(f"folder {number}"), tmp_path, quiet=False)
    said = json.loads((tmp_path / FILE_NAME).read_text())
    assert len(said) == MOST_FOLDERS
    assert "folder" not in (tmp_path / FILE_NAME).read_text()


def still_of(ids, *, limited=False, finer=None, grey=130):
    codebook = SimpleNamespace(
        photos=np.arange(40), paths=tuple(f"{i}.jpg" for i in range(40)), photo_count=40
    )
    assignment = SimpleNamespace(ids=np.array(ids))
    mosaic = np.full((40, 40, 3), grey, np.uint8)
    return SimpleNamespace(
        codebook=codebook, assignment=assignment, limited=limited, finer=finer, mosaic=mosaic
    )


def plan_of(**look):
    look = {"dither": 0.0, "tint": 0.0, "opacity": 0.0, "cover": True} | look
    target = np.full((40, 40, 3), 128, np.uint8)
    target[:10] = 255, 0, 0
    options = SimpleNamespace(look=SimpleNamespace(**look))
    return SimpleNamespace(options=options, target=target, grid=SimpleNamespace(rows=4, cols=4))


ALL_DIFFERENT = np.arange(16).reshape(4, 4)


def test_one_hint_at_most_and_the_gravest_first():
    same, finer = np.zeros((4, 4), int), GridChoice(3, None)
    assert mosaic_hint(plan_of(), still_of(same, finer=finer)) == Coarse(finer)
    assert mosaic_hint(plan_of(), still_of(same)) == Repeated("0.jpg", 1.0, 4)
    # Of 16 cells, each photo in at most one is a tenth already.
    spread = mosaic_hint(plan_of(), still_of(ALL_DIFFERENT))
    assert isinstance(spread, Lacking)
    assert [tone.name for tone in spread.tones] == ["blue"]


def test_no_hint_on_what_was_asked_for():
    same = np.zeros((4, 4), int)
    assert isinstance(mosaic_hint(plan_of(), still_of(same, limited=True)), Lacking)
    assert mosaic_hint(plan_of(tint=0.5), still_of(same, limited=True)) is None
    assert mosaic_hint(plan_of(opacity=0.3), still_of(ALL_DIFFERENT)) is None


def test_near_misses_that_a_lower_confidence_takes():
    options = SimpleNamespace(faces=SimpleNamespace(min_confidence=0.8))
    misses = [SimpleNamespace(probability=p) for p in (0.78, 0.61, 0.9, None)]
    found = SimpleNamespace(near_misses=misses)
    assert montage_hint(found, options) == NearMisses(4, 0.6)
    assert montage_hint(SimpleNamespace(near_misses=[]), options) is None
    below = SimpleNamespace(near_misses=[SimpleNamespace(probability=p) for p in (0.2, 0.49, 0.57)])
    assert montage_hint(below, options) == NearMisses(3, 0.55)
    assert montage_hint(SimpleNamespace(near_misses=below.near_misses[:2]), options) == NearMisses(
        2, None
    )
    alone = SimpleNamespace(near_misses=[SimpleNamespace(probability=None)])
    assert montage_hint(alone, options) == NearMisses(1, None)
