from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import mosaic
from photomosaic import stills as stills_module
from photomosaic.errors import InputError
from photomosaic.images.decode import read_target
from photomosaic.images.encode import write_picture
from photomosaic.images.listing import list_photos
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.options.photos import TileOptions
from photomosaic.progress import StageClock, Work
from photomosaic.stills import Stills
from tests.codebooks import plain_look, tiles_of


@pytest.fixture
def make_stills(photo_folder, target):
    """Return a function that makes the stills of the drawn target and photos."""
    with PhotoLibrary(None) as library:
        index = library.index(list_photos(photo_folder))

        def make(**tiles):
            return Stills(read_target(target), library, index, TileOptions(cuts=1, **tiles))

        yield make


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"best_k": 4, "seed": 7},
        {"randomness": 0.2, "tint": 0.4},
        {"opacity": 0.4},
        {"trim": False},
        {"layout": "hexagon", "gap": 0.1, "round": 0.5},
    ],
    ids=str,
)
@pytest.mark.parametrize("scale", [4, 5])
def test_the_mosaic_is_what_the_script_writes(
    make_stills, tmp_path, photo_folder, target, options, scale
):
    words = [
        "--no-trim" if name == "trim" else f"--{name}={value}" for name, value in options.items()
    ]
    arguments = [f"--target={target}", f"--codebook-dir={photo_folder}", f"--scale={scale}"]
    arguments += [f"--savepath={tmp_path / 'script.png'}", "--no-cache", "--quiet"]
    arguments += ["--cuts=1", "--refine=0", "--variety=0"]
    assert mosaic.main([*arguments, *(word.replace("_", "-") for word in words)]) == 0
    write_picture(make_stills().render(scale, plain_look(**options)).mosaic, tmp_path / "own.png")
    assert (tmp_path / "own.png").read_bytes() == (tmp_path / "script.png").read_bytes()


def test_other_work_shares_the_codebooks_and_assigns_again(make_stills):
    stills, clock = make_stills(), StageClock()
    first = stills.render(4, plain_look())
    again = stills.with_work(Work(clock=clock)).render(4, plain_look())
    assert again.codebook is first.codebook
    np.testing.assert_array_equal(again.mosaic, first.mosaic)
    assert {"search", "compose"} <= set(clock.seconds)


def test_tiles_beyond_the_stored_size_come_from_the_original_photos(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (800, 600, 3), np.uint8)
    (tmp_path / "one").mkdir()
    Image.fromarray(noise).save(tmp_path / "one" / "noise.png")
    with PhotoLibrary(None) as library:
        index = library.index(list_photos(tmp_path / "one"))
        stills = Stills(np.zeros((900, 700, 3), np.uint8), library, index, TileOptions(cuts=1))
        rendered = stills.render(200, plain_look())
    assert np.array_equal(rendered.mosaic, noise[..., ::-1])


def test_what_only_concerns_the_painting_is_not_searched_again(make_stills, monkeypatch):
    stills = make_stills()
    first = stills.render(4, plain_look())
    searched = []
    monkeypatch.setattr(
        stills_module.Mosaicker, "assign", lambda *arguments: searched.append(arguments)
    )
    tinted = stills.render(4, plain_look(tint=0.5, opacity=0.3))
    assert tinted.assignment is first.assignment
    assert not np.array_equal(tinted.mosaic, first.mosaic)
    assert searched == []


def test_codebooks_are_kept(make_stills):
    stills = make_stills()
    assert stills.codebook(4) is stills.codebook(4)
    assert stills.render(4, plain_look(best_k=3)).codebook is stills.codebook(4)


def test_a_scale_that_does_not_fit(make_stills):
    with pytest.raises(InputError, match="does not fit"):
        make_stills().render(40, plain_look())


@pytest.mark.parametrize(
    ("limit", "groups"),
    [
        (10**9, [[2, 3, 4, 5]]),
        # 60 photos of (8x6 + 12x9) * 3 bytes
        (60 * 156 * 3, [[2, 3], [4], [5]]),
        (60 * 156 * 3 - 1, [[2], [3], [4], [5]]),
        (1, [[2], [3], [4], [5]]),
    ],
)
def test_tiles_are_made_ready_for_as_many_scales_as_fit(make_stills, monkeypatch, limit, groups):
    monkeypatch.setattr(stills_module, "PREPARED_BYTES", limit)
    stills, made = make_stills(), []
    monkeypatch.setattr(stills, "prepare", lambda scales: made.append(list(scales)))
    found = []
    for scale in stills.prepared(range(2, 6)):
        assert scale in made[-1], "made ready before it is needed"
        found.append(scale)
    assert found == [2, 3, 4, 5]
    assert made == groups


@pytest.mark.parametrize("limit", [1, 10**9])
@pytest.mark.parametrize("crop", ["center", "pad", "stretch", "attention", "skip"])
def test_tiles_made_ready_together_are_those_made_alone(
    tmp_path, make_photo, monkeypatch, limit, crop
):
    folder = tmp_path / "few"
    for name, size in [("a.png", (64, 48)), ("wide.png", (90, 40)), ("fits.png", (30, 40))]:
        make_photo(folder / name, (9, 8, 7 * len(name)), size)
    monkeypatch.setattr(stills_module, "PREPARED_BYTES", limit)
    with PhotoLibrary(None) as one, PhotoLibrary(None, Work(2)) as other:
        made = []
        for library in (one, other):
            index = library.index(list_photos(folder))
            made.append(
                Stills(
                    np.zeros((9, 9, 3), np.uint8), library, index, TileOptions(cuts=1, crop=crop)
                )
            )
        for scale in made[0].prepared([6, 5, 70]):
            alone, together = made[1].codebook(scale), made[0].codebook(scale)
            assert np.array_equal(tiles_of(alone), tiles_of(together))
            assert alone.paths == together.paths


def test_what_is_ready_is_not_made_again(make_stills, monkeypatch):
    from photomosaic.library import thumbnails

    stills = make_stills()
    stills.prepare([2, 3])
    monkeypatch.setattr(thumbnails, "read_thumbnail", lambda _: pytest.fail("made again"))
    stills.prepare([3, 2])
    assert len(stills.codebook(2)) == len(stills.codebook(3)) == 60
