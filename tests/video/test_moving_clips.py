from __future__ import annotations

import shutil
from fractions import Fraction

import numpy as np
import pytest

import mosaic
import video
from photomosaic.errors import InputError
from photomosaic.matching.features import FeatureSpec
from photomosaic.matching.grid import TileSize
from photomosaic.motion import clip_reading
from photomosaic.motion.clip_reading import FRAMES_OF_PART, ClipReading, read_clip_tiles
from photomosaic.progress import Work

X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p".split()
TILE = TileSize(8, 6)
SPEC = FeatureSpec.for_tile(TILE, "perceptual", 1)


@pytest.fixture(scope="session")
def moving_clips(clip, tmp_path_factory):
    """Return a folder of clips of a second: four that fade from one colour to another."""
    folder = tmp_path_factory.mktemp("moving")
    for number, colour in enumerate(("red", "green", "blue", "gray")):
        source = f"color=c={colour}:s=64x48:r=25:d=1,fade=out:0:25:color=white"
        shutil.copy(clip(f"fade{number}.mp4", "-f", "lavfi", "-i", source, *X264), folder)
    return folder


@pytest.fixture
def read(tmp_path):
    def read(paths, fps=25, cuts=1, workers=1):
        how = ClipReading(Fraction(fps), cuts, tmp_path)
        return read_clip_tiles([str(path) for path in paths], TILE, SPEC, how, Work(workers))

    return read


def test_clips_are_read_as_tiles(moving_clips, read):
    tiles = read(sorted(moving_clips.iterdir()))
    assert tiles.clip_count == 4
    assert 25 <= tiles.lengths.min() <= tiles.lengths.max() <= 26
    assert tiles.tiles.shape == (tiles.lengths.sum(), 8, 6, 3)
    assert tiles.starts.tolist() == (np.cumsum(tiles.lengths) - tiles.lengths).tolist()
    blue = tiles.tiles[tiles.starts[2]]
    assert np.abs(blue - [255.0, 0, 0]).max() < 12


@pytest.mark.parametrize("change", ["workers", "file"])
def test_the_tiles_are_the_same(moving_clips, read, monkeypatch, tmp_path, change):
    paths = sorted(moving_clips.iterdir())
    before = read(paths, cuts=3)
    if change == "file":
        monkeypatch.setattr(clip_reading, "MEMORY_BYTES", 0)
    after = read(paths, cuts=3, workers=2)
    assert np.array_equal(before.tiles, after.tiles)
    assert np.array_equal(before.features, after.features)
    assert list(tmp_path.iterdir()) == []


def test_cuts_are_runs_of_the_same_clip(clip, read):
    source = "testsrc=s=160x120:r=25:d=1"
    path = clip("tests.mp4", "-f", "lavfi", "-i", source, *X264)
    one, several = read([path]), read([path], cuts=4)
    assert (len(one.starts), len(several.starts), several.clip_count) == (1, 4, 1)
    assert np.abs(one.tiles.astype(int) - several.tiles[: len(one.tiles)]).mean() < 6


def test_runs_end_at_cuts_and_clips_of_one_frame_have_a_tile(scenes_apart, read, ffmpeg, tmp_path):
    one = tmp_path / "one.mp4"
    ffmpeg("-i", scenes_apart, "-frames:v", "1", "-c", "copy", one)
    tiles = read([scenes_apart, one])
    assert tiles.clips.tolist() == [0, 0, 1]
    assert tiles.lengths[2] <= 2
    one.unlink()


@pytest.fixture(scope="session")
def scenes_apart(clip):
    colours = "color=red:s=64x48:r=25:d=1[a];color=blue:s=64x48:r=25:d=1[b];[a][b]concat"
    return clip("apart.mp4", "-f", "lavfi", "-i", colours, *X264)


def test_long_clips_give_parts_and_many_clips_fewer(clip, read, monkeypatch):
    source = "testsrc2=s=64x48:r=25:d=20"
    long_clip = clip("twenty.mp4", "-f", "lavfi", "-i", source, *X264)
    lengths = read([long_clip], fps=5).lengths
    assert lengths.sum() == pytest.approx(100, abs=2)
    assert read([long_clip], fps=25).lengths.sum() == 4 * FRAMES_OF_PART
    monkeypatch.setattr(clip_reading, "MOST_FRAMES", 100)
    assert read([long_clip], fps=25).lengths.sum() == FRAMES_OF_PART
    assert read([long_clip] * 5, fps=25).lengths.tolist() == [20] * 5
    monkeypatch.setattr(clip_reading, "MOST_FRAMES", 10)
    assert read([long_clip], fps=25).lengths.sum() == clip_reading.FEWEST_FRAMES


def test_clips_that_cannot_be_read_are_listed(moving_clips, read, tmp_path):
    broken = tmp_path / "broken.mov"
    broken.touch()
    tiles = read([broken, *moving_clips.iterdir()])
    assert tiles.unreadable == ((str(broken), "the file is empty"),)
    assert tiles.clip_count == 4
    with pytest.raises(InputError, match=r"no clip can be read; the first, .*: the file is empty"):
        read([broken])
    broken.unlink()


@pytest.fixture
def run_video(runner_of, plain, moving_clips, tmp_path):
    settings = {"target": plain, "codebook-dir": moving_clips, "scale": 2}
    return runner_of(video, settings | {"savepath": tmp_path / "out.mp4", "no-cache": None})


def test_a_video_of_moving_tiles(run_video, tmp_path, look, plain):
    code, told, errors = run_video("--moving", "--workers", 1, "--cuts", 2)
    assert code == 0, errors
    assert "20 frames of 96x64 pixels at 25 a second, 4 clips; a cell goes to another" in told
    first = (tmp_path / "out.mp4").read_bytes()
    assert look.facts(tmp_path / "out.mp4").frames == 20
    assert look.packets(tmp_path / "out.mp4") == look.packets(plain)
    run_video("--moving", "--workers", 3, "--cuts", 2)
    assert (tmp_path / "out.mp4").read_bytes() == first
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.parametrize(
    "options", ["--crop pad", "--mirror", "--metric rgb", "--best-k 2", "--randomness 0.5"]
)
def test_what_moving_tiles_do_not_have(run_video, options):
    code, _, errors = run_video("--moving", *options.split())
    assert code == 2
    assert f"{' '.join(options.split()[:2])}".split(" 2")[0].split(" 0")[0] in errors
    assert "cannot be combined with --moving" in errors
    assert errors.count("\n") == 1


def test_a_folder_without_clips(run_video, photos):
    code, _, errors = run_video("--moving", codebook_dir=photos)
    assert code == 2
    assert "--moving: there is no video in" in errors


def test_a_film_of_a_picture(runner_of, target, moving_clips, tmp_path, look):
    settings = {"target": target, "codebook-dir": moving_clips, "scale": 4}
    settings |= {"savepath": tmp_path / "m.png", "cache-dir": tmp_path / "cache"}
    run = runner_of(mosaic, settings)
    film = tmp_path / "film.mp4"
    code, told, errors = run("--moving", film, "--seconds", "0.4", "--tint", "0.2")
    assert code == 0, errors
    assert "film.mp4: 12 frames of 96x128 pixels at 30 a second, 4 clips" in told
    assert (tmp_path / "m.png").is_file()
    assert look.facts(film).frames == 12
    for words, told in (
        (("--moving", tmp_path / "film.gif"), "--moving"),
        (("--moving", film, "--layout", "brick"), "--moving: needs a plain grid"),
        (("--moving", film, "--max-uses", "2"), "--max-uses cannot be combined with --moving"),
        (("--moving", film, "--must-use", "fade1.mp4@0s"), "knows no edits"),
        (("--seconds", "3"), "--seconds needs --zoom-film or --moving"),
    ):
        code, _, errors = run(*words, "--clips")
        assert code == 2
        assert told in errors
