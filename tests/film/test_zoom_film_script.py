from __future__ import annotations

import itertools

import av
import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

import mosaic
from photomosaic.jobs import zoom_film
from photomosaic.jobs.zoom_film import size_for
from tests.conftest import need

need("ffmpeg")
FILM = ("zoom_film", "levels", "seconds", "film_size")


@pytest.fixture
def film(tmp_path):
    return tmp_path / "out" / "film.mp4"


@pytest.fixture
def run(tmp_path, photo_folder, target, film, runner_of):
    """Return a function that makes a film of one level, 96 by 128 pixels and one second."""
    settings = {
        "target": target,
        "codebook-dir": photo_folder,
        "scale": 3,
        "savepath": tmp_path / "out" / "mosaic.png",
        "cache-dir": tmp_path / "cache",
        "zoom-film": film,
        "film-size": "96x128",
        "levels": 1,
        "seconds": 1,
    }
    return runner_of(mosaic, settings)


def frames_of(path):
    with av.open(str(path)) as container:
        track = container.streams.video[0]
        assert track.average_rate == 30
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(track)]


def likeness(frames):
    """Return the SSIM of each frame and the one before."""
    return [
        structural_similarity(one, other, channel_axis=2)
        for one, other in itertools.pairwise(frames)
    ]


def test_a_film_zooms_through_its_levels_and_ends_where_it_began(run, film, target):
    code, told, _ = run(levels=2, seconds=4)
    assert code == 0
    assert f"{film}: 96x128 pixels, 4.0 s, 2 levels" in told.splitlines()
    frames = frames_of(film)
    assert len(frames) == 120
    with Image.open(target) as picture:
        shown = np.asarray(picture.convert("RGB").crop((0, 4, 96, 124)), int)[..., ::-1]
    for frame in (frames[0], frames[-1]):
        assert np.abs(frame[4:124] - shown).mean() < 4
    alike = likeness(frames)
    # At the hand-over nearly nothing moves, and in the middle of each level all does.
    assert min(alike[57:63]) > 0.95
    assert min(alike[20:40]) < 0.9
    assert min(alike[80:100]) < 0.9


@pytest.mark.parametrize(
    "options",
    [
        ["--no-trim", "--tint", "0.5", "--opacity", "0.2"],
        ["--crop", "pad"],
        ["--crop", "stretch", "--film-size", "128x96"],
        ["--crop", "attention"],
        ["--cuts", "4", "--mirror"],
        ["--max-uses", "20", "--min-spacing", "2", "--metric", "rgb"],
        ["--target-width", "60"],
    ],
    ids=" ".join,
)
def test_all_ways_of_making_a_mosaic_can_be_filmed(run, film, options):
    assert run(*options)[0] == 0
    frames = frames_of(film)
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() < 2
    assert min(likeness(frames)[-2:]) > 0.9


def test_transparent_photos_can_be_filmed(run, film, tmp_path):
    folder = tmp_path / "round"
    folder.mkdir()
    disc = np.hypot(*(np.mgrid[0:40, 0:40] - 20)) < 18
    for number, colour in enumerate(np.random.default_rng(2).integers(0, 256, (20, 3))):
        pixels = np.dstack([np.full((40, 40, 3), colour), disc * 255]).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    assert run(codebook_dir=folder, levels=2, seconds=2)[0] == 0
    assert len(frames_of(film)) == 60


def test_one_photo_is_enough(run, film, tmp_path, make_photo):
    make_photo(tmp_path / "one" / "photo.png", size=(300, 200))
    assert run(codebook_dir=tmp_path / "one", levels=3, seconds=3)[0] == 0
    assert len(frames_of(film)) == 90


def test_the_number_of_workers_changes_nothing(run, film):
    run(levels=2, seconds=2, workers=1)
    once = film.read_bytes()
    run(levels=2, seconds=2, workers=5, cache_dir=None)
    assert film.read_bytes() == once


def test_a_project_can_be_filmed(run, film, tmp_path):
    saved = tmp_path / "project.json"
    run("--pin", "0,0=07.png", f"--save-project={saved}", **dict.fromkeys(FILM))
    assert not film.exists()
    words = {"target": None, "codebook_dir": None, "scale": None}
    code, _, errors = run(f"--project={saved}", **words)
    assert code == 0, errors
    assert len(frames_of(film)) == 30


@pytest.mark.parametrize(
    ("target", "size"),
    [((400, 600), "1080p"), ((600, 400), "9:16"), ((400, 450), "square"), ((450, 400), "square")],
)
def test_the_size_follows_the_target(target, size):
    assert size_for(target) == size


def test_a_film_that_shows_little_of_the_target_is_told_of(run):
    _, _, errors = run(film_size="256x96", scale=1)
    assert "the film shows 28 % of the target; --film-size 9:16 shows more" in errors


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"zoom_film": "film.gif"}, "--zoom-film film.gif: films are written as .mp4 only"),
        ({"zoom_film": None}, "--levels needs --zoom-film: it is about that film"),
        ({"seconds": 0.1}, "--seconds 0.1: is too short for --levels 1; at least 1, or fewer"),
        ({"seconds": 0}, "--seconds: 0"),
        ({"layout": "hexagon"}, "--zoom-film: needs whole tiles in a grid, without gaps"),
        ({"gap": 0.2}, "--zoom-film: needs whole tiles in a grid, without gaps"),
        ({"shape": "heart"}, "--zoom-film: needs whole tiles in a grid, without gaps"),
        ({"levels": 0}, "--levels: 0"),
        ({"scale": 20}, "--zoom-film 2x2 cells are too few to zoom into; take a smaller --scale"),
        ({"film_size": "97x128"}, "'97x128' is neither 1080p, 4k, square, 9:16 nor WIDTHxHEIGHT"),
        ({"film_size": "8k"}, "'8k' is neither 1080p"),
        ({"film_size": "9000x9000"}, "each even and a whole number from 64 to 4,096"),
    ],
)
def test_what_cannot_be_filmed_is_refused_before_the_work(run, tmp_path, options, said):
    code, _, errors = run(**options)
    assert code == 2
    assert said in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "out" / "mosaic.png").exists()


def test_a_film_overwrites_nothing_but_films_of_its_own_among_the_photos(run, photo_folder):
    photo = photo_folder / "clip.mp4"
    photo.write_bytes(b"a clip of somebody")
    code, _, errors = run(zoom_film=photo)
    assert code == 2
    assert "was not made by this toolkit" in errors
    assert photo.read_bytes() == b"a clip of somebody"
    assert run(zoom_film=photo_folder / "own.mp4")[0] == 0
    assert run(zoom_film=photo_folder / "own.mp4")[0] == 0


def test_a_film_needs_a_place_of_its_own(run, film):
    code, _, errors = run(report=film)
    assert code == 2
    assert "own place" in errors


def test_a_photo_that_goes_away_meanwhile_is_enlarged_from_its_thumbnail(
    run, film, photo_folder, monkeypatch
):
    made = zoom_film.make_film

    def make_film(*arguments):
        for photo in photo_folder.iterdir():
            photo.unlink()
        return made(*arguments)

    monkeypatch.setattr(zoom_film, "make_film", make_film)
    code, _, errors = run()
    assert code == 0
    assert len(frames_of(film)) == 30
    assert "enlarged from its thumbnail" in errors
