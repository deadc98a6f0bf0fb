from __future__ import annotations

import csv
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import mosaic
from photomosaic.errors import PictureError
from photomosaic.images.listing import list_photos
from photomosaic.library.originals import read_originals
from photomosaic.library.orphans import ORPHAN_SECONDS
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.matching.grid import TileSize
from photomosaic.options.photos import TileOptions
from photomosaic.progress import Work
from photomosaic.video import clips as clips_module
from photomosaic.video.clips import MOST_FRAMES, frame_at, frames_apart, open_clip

X264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p".split()
COLOURS = ("C02020", "20C020", "2020C0")


@pytest.fixture(scope="session")
def scenes(clip):
    """Return a clip of three scenes of a second each: red, green, blue."""
    parts = ";".join(
        f"color=c=0x{colour}:s=400x300:r=25:d=1[{i}]" for i, colour in enumerate(COLOURS)
    )
    source = f"{parts};[0][1][2]concat=n=3"
    return clip("scenes.mp4", "-f", "lavfi", "-i", source, *X264)


@pytest.fixture(scope="session")
def hours(clip):
    """Return a clip of two hours that has a frame a minute."""
    source = "testsrc2=s=64x48:r=1/60:d=7200"
    return clip("hours.mp4", "-f", "lavfi", "-i", source, *X264, "-g", "7")


@pytest.fixture
def album(tmp_path, scenes):
    folder = tmp_path / "album"
    folder.mkdir()
    shutil.copy(scenes, folder / "a.mp4")
    return folder


@pytest.fixture
def read(tmp_path):
    def read(folder, cache=tmp_path / "cache"):
        with PhotoLibrary(cache, Work(2)) as library:
            return library.index(list_photos(folder, clips=True))

    return read


@pytest.fixture
def unread(monkeypatch):
    """Return a function after which no clip may be decoded."""

    def refuse(*_):
        raise AssertionError("a clip is decoded")

    return lambda: monkeypatch.setattr(clips_module, "open_clip", refuse)


def names(index):
    return [photo.path.rsplit("/", 1)[-1] for photo in index.photos]


@pytest.mark.parametrize("name", ["plain", "scenes"])
def test_a_frame_is_the_same_alone_as_among_all(name, request):
    clip = open_clip(request.getfixturevalue(name))
    size = clip.look.height, clip.look.width
    found = list(frames_apart(clip, size))
    assert [at for at, _ in found][:2] == [0, 500]
    for at, frame in found:
        assert np.array_equal(frame, frame_at(clip, at, size))


def test_the_frame_at_a_time_is_the_one_shown_then(scenes, look):
    clip, frames = open_clip(scenes), look.frames(scenes)
    for at, number in ((0, 0), (39, 0), (40, 1), (960, 24), (1000, 25), (9000, 74)):
        alone = frame_at(clip, at, (300, 400))[..., ::-1]
        assert np.abs(alone.astype(int) - frames[number]).max() < 40, at


def test_frames_are_no_larger_than_needed(scenes):
    clip = open_clip(scenes)
    assert clip.size(192, 0) == (192, 256)
    assert clip.size(0, 200) == (150, 200)
    assert clip.size(9000, 0) == (300, 400)


def test_of_long_clips_so_many_frames_are_sought(hours, monkeypatch):
    clip = open_clip(hours)
    assert clip.step == 30_000
    monkeypatch.setattr(clips_module, "STEP_MS", 600_000)
    found = list(frames_apart(clip, (48, 64)))
    assert [at for at, _ in found] == list(range(0, 7_200_000, 600_000))
    # All frames between are decoded instead.
    monkeypatch.setattr(clips_module, "_SOUGHT_FROM_MS", 1 << 40)
    decoded = dict(frames_apart(clip, (48, 64)))
    assert all(np.array_equal(frame, decoded[at]) for at, frame in found)
    assert replace(clip, milliseconds=8 * 3_600_000).step * MOST_FRAMES >= 8 * 3_600_000


def test_each_scene_is_a_photo(album, read):
    index = read(album)
    assert len(index.photos) == 3
    times = [float(name[len("a.mp4@") : -1]) for name in names(index)]
    assert times == sorted(times)
    assert [int(at) for at in times] == [0, 1, 2]
    assert {(photo.height, photo.width) for photo in index.photos} == {(300, 400)}
    assert str(index) == "1 clip with 3 scenes: 0 from the cache, 1 new, 0 unreadable"


def test_clips_are_read_once_and_known_by_content(album, read, unread):
    first = read(album)
    unread()
    assert read(album).photos == first.photos
    (album / "a.mp4").rename(album / "b.mp4")
    again = read(album)
    assert [photo.hash for photo in again.photos] == [photo.hash for photo in first.photos]
    assert names(again)[0].startswith("b.mp4@")
    shutil.copy(album / "b.mp4", album / "c.mp4")
    assert names(read(album)) == names(again)


def test_scenes_of_deleted_clips_go_after_a_month(album, read, monkeypatch, make_photo):
    make_photo(album / "photo.png")
    read(album)
    (album / "a.mp4").unlink()
    index = read(album)
    assert names(index) == ["photo.png"]
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + ORPHAN_SECONDS + 10)
    read(album)
    with PhotoLibrary(album.parent / "cache") as library:
        tables = "photos", "clips", "scenes", "clip_files"
        counts = [len(list(library._database.rows(f"SELECT * FROM {t}"))) for t in tables]  # noqa: S608
    assert counts == [1, 0, 0, 0]


def test_the_clip_of_a_live_photo_is_that_photo(album, make_photo, scenes):
    make_photo(album / "IMG_1.JPG")
    for name in ("img_1.mov", "IMG_2.MOV", "IMG_1.avi"):
        shutil.copy(scenes, album / name)
    make_photo(album / "IMG_2.png")
    listing = list_photos(album, clips=True)
    assert [file.path.rsplit("/", 1)[-1] for file in listing.live] == ["img_1.mov"]
    assert [file.path.rsplit("/", 1)[-1] for file in listing.clips] == [
        *("IMG_1.avi", "IMG_2.MOV", "a.mp4")
    ]
    assert list_photos(album).clips == []


def test_clips_that_cannot_be_read_have_a_reason(album, read, clip, ffmpeg, scenes):
    sound = clip("sound.mp4", *"-f lavfi -i sine=440:d=0.5 -c:a aac".split())
    shutil.copy(sound, album / "sound.mp4")
    (album / "empty.mov").touch()
    (album / "text.mkv").write_text("no video")
    Image.new("RGB", (20, 20)).save(album / "picture.mov", "PNG")
    ffmpeg("-i", scenes, "-c", "copy", "-metadata", "comment=photomosaic 1", album / "own.mp4")
    index = read(album)
    assert len(index.photos) == 3
    reasons = {path.rsplit("/", 1)[-1]: reason for path, reason in index.unreadable}
    assert reasons.pop("text.mkv").startswith("cannot be read as a video")
    assert reasons == {
        "sound.mp4": "there is no picture in it, only sound",
        "empty.mov": "the file is empty",
        "picture.mov": "a picture, not a video",
    }
    assert index.own_outputs == 1
    assert index.clips.unreadable == 4
    assert read(album).unreadable == index.unreadable


def test_a_clip_broken_in_the_middle_and_one_of_one_frame(album, read, ffmpeg, scenes):
    whole = album.parent / "whole.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=3", *X264, whole)
    (album / "cut.mkv").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    ffmpeg("-i", scenes, "-frames:v", "1", "-c", "copy", album / "one.mp4")
    index = read(album)
    assert not index.unreadable
    clips = [name.split("@")[0] for name in names(index)]
    assert clips.count("one.mp4") == 1
    assert clips.count("cut.mkv") >= 1


def test_turned_clips_are_upright(album, read, ffmpeg, scenes):
    ffmpeg("-display_rotation", "90", "-i", scenes, "-c", "copy", album / "a.mp4")
    assert {(photo.height, photo.width) for photo in read(album).photos} == {(400, 300)}


def test_large_tiles_are_cut_from_the_clip_until_it_changes(album, tmp_path, caplog):
    with PhotoLibrary(tmp_path / "cache", Work()) as library:
        index = library.index(list_photos(album, clips=True))
        codebook = library.codebook(index, TileSize(30, 40), TileOptions(cuts=1))

        def sizes():
            made = read_originals(
                codebook,
                np.array([1]),
                (TileSize(300, 400), 0),
                make=lambda _, original: original,
                stand_in=lambda _: None,
                work=Work(),
            )
            return [original and original.pixels.shape for original in made]

        assert sizes() == [(300, 400, 3)]
        with (album / "a.mp4").open("ab") as file:
            file.write(b"more")
        assert sizes() == [None]
        assert "changed since it was indexed" in caplog.text


def test_a_digit_of_a_scene_in_the_cache_is_checked(album, read, tmp_path, caplog):
    before = read(album)
    with PhotoLibrary(tmp_path / "cache") as library:
        library._database.change([("UPDATE scenes SET milliseconds = 1", [()])])
    assert read(album).photos == before.photos
    assert "damaged" in caplog.text


def test_a_mosaic_of_clips_alone(album, tmp_path, runner_of, target):
    listed, project = tmp_path / "list.csv", tmp_path / "p.json"
    settings = {"target": target, "codebook-dir": album, "scale": 4, "cache-dir": tmp_path / "c"}
    run = runner_of(mosaic, settings | {"savepath": tmp_path / "m.png"})
    code, _, errors = run("--clips", "--list", listed, "--save-project", project, "--enlarge", 2)
    assert code == 0, errors
    photos = [row["photo"] for row in csv.DictReader(listed.read_text().splitlines())]
    assert len(photos) == 3
    assert all(name.startswith("a.mp4@") for name in photos)
    again = runner_of(mosaic, {"project": project, "cache-dir": tmp_path / "c"})
    savepath = ("--savepath", tmp_path / "n.png", "--list", listed)
    code, _, errors = again("--ban", photos[0], "--pin", f"0,0={photos[1]}", *savepath)
    assert code == 0, errors
    rows = {row["photo"]: row for row in csv.DictReader(listed.read_text().splitlines())}
    assert int(rows[photos[0]]["uses"]) == 0
    assert "0,0" in rows[photos[1]]["cells"].split()
    code, _, errors = run()
    assert code == 2
    assert "1 video (a.mp4)" in errors


def test_nothing_but_a_broken_clip(tmp_path, runner_of, target):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "a.mov").touch()
    settings = {"target": target, "codebook-dir": folder, "scale": 4, "savepath": "x.png"}
    code, _, errors = runner_of(mosaic, settings)("--clips", "--no-cache")
    assert code == 2
    assert errors.count("\n") == 1
    assert "the file is empty" in errors


def test_a_frame_that_is_not_there(scenes):
    clip = replace(open_clip(scenes), path=scenes.with_name("gone.mp4"))
    with pytest.raises(PictureError):
        frame_at(clip, 0, (30, 40))
