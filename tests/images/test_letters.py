from __future__ import annotations

import numpy as np
import pytest

from photomosaic.errors import InputError
from photomosaic.images.letters import letters_mask


def test_words_fill_the_frame_in_the_best_lines():
    mask, capitals = letters_mask("MIA 2026", (300, 400), None)
    assert mask.shape == (300, 400)
    rows = np.flatnonzero((mask > 127).any(axis=1))
    cols = np.flatnonzero((mask > 127).any(axis=0))
    # Two lines.
    assert (np.diff(rows) > 1).sum() == 1
    assert max(np.ptp(rows) / 300, np.ptp(cols) / 400) > 0.9
    assert abs(rows[0] - (299 - rows[-1])) <= 2
    assert abs(cols[0] - (399 - cols[-1])) <= 2
    assert capitals > 100


def test_a_wide_frame_gets_one_line():
    mask, _ = letters_mask("MIA 2026", (100, 700), None)
    rows = np.flatnonzero((mask > 127).any(axis=1))
    assert (np.diff(rows) == 1).all()


def test_line_breaks_stay():
    mask, _ = letters_mask("MIA\n2026", (100, 700), None)
    rows = np.flatnonzero((mask > 127).any(axis=1))
    assert (np.diff(rows) > 1).sum() == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [("  ", "is empty"), ("x" * 201, "has 201 letters"), ("a\U0001f600", "has no '\U0001f600'")],
)
def test_texts_that_make_no_mask(text, message):
    with pytest.raises(InputError, match=message):
        letters_mask(text, (100, 100), None)


def test_what_is_no_font(tmp_path):
    path = tmp_path / "no.ttf"
    path.write_text("letters")
    with pytest.raises(InputError, match=r"no\.ttf: is not a TrueType or OpenType font"):
        letters_mask("a", (100, 100), path)
