from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_faces import UNDATED, astronaut, drawn_person, face_of, variant

import face_montage
from photomosaic.faces.face_index import VideoIndex
from photomosaic.faces.face_library import ScannedPhoto
from photomosaic.faces.moments import one_of_each_second
from photomosaic.faces.montage_list import MATCH, NEAR_MISS, REJECTED, read_list, write_list
from photomosaic.faces.reading import PhotoFaces
from photomosaic.faces.search import Finding, Found
from photomosaic.faces.videos import Sample, VideoFaces, frames_of, hash_of
from photomosaic.images.listing import PhotoFile
from photomosaic.library.database import Database
from photomosaic.video.pipes import TO_VIDEO, feeding, raw_input, x264
from photomosaic.video.taken import taken

RATE = Fraction(6)


def film(path, frames, *tags):
    """Write frames (H, W, 3), RGB, as a clip, with tags as ffmpeg takes them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    words = [*raw_input(frames[0].shape[:2], RATE), "-vf", TO_VIDEO, *x264(12, "ultrafast")]
    words += ["-metadata", "comment=", *tags, "-f", "mp4", f"file:{path}"]
    with feeding(words) as pipe:
        for frame in frames:
            pipe.write(np.ascontiguousarray(frame[..., ::-1]).tobytes())
    return path


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """Return a folder with a clip: one second blurred, then sharp, a wall, and a stranger."""
    folder = tmp_path_factory.mktemp("clips")
    wall, dim = np.full((300, 300, 3), 90, np.uint8), cv2.GaussianBlur(variant(3), (0, 0), 2)
    frames = [dim] * 2 + [variant(3)] * 2 + [dim] * 2
    frames += [variant(4)] * 6 + [wall] * 6 + [drawn_person(2)] * 6
    film(folder / "sub" / "party.mp4", frames, "-metadata", "creation_time=2019-05-03T10:00:00Z")
    (folder / "broken.mov").write_bytes((folder / "sub" / "party.mp4").read_bytes()[:4000])
    return folder


@pytest.fixture
def run(family, clips, cache, tmp_path, runner_of):
    return runner_of(
        face_montage,
        {
            "target-face-dir": family / "target",
            "other-face-dir": family / "others",
            "photos-dir": clips,
            "savedir": tmp_path / "montage",
            "cache-dir": cache,
            "output-size": 128,
            "order": "age",
            "workers": 1,
        },
    )


def framed(folder):
    return [row for row in read_list(folder) if row.frame]


def test_the_best_frame_of_each_second_is_taken(run, clips, tmp_path, monkeypatch):
    folder = tmp_path / "montage"
    code, out, err = run("--videos", "--film", tmp_path / "all.gif")
    assert code == 0, err
    assert "2 frames of 128x128 pixels" in out
    assert "; 1 video searched" in out
    assert err.count("broken.mov") == 1
    assert "1 file could not be read" in err
    first, second = framed(folder)
    assert [Path(row.photo).name for row in (first, second)] == ["party.mp4"] * 2
    # Of the first second, what is sharp.
    assert first.time == "0m00.3s"
    assert second.time in ("0m01.0s", "0m01.3s", "0m01.7s")
    assert "party 0m00.3s.jpg" in first.frame
    assert first.date_source == "creation_time"
    began = datetime.fromisoformat("2019-05-03T10:00:00+00:00").astimezone().replace(tzinfo=None)
    assert first.date == str(began)
    assert datetime.fromisoformat(second.date) > began
    assert not [row for row in read_list(folder) if row.time.startswith("0m02")]

    def fail(*_):
        raise AssertionError("looked for faces again")

    monkeypatch.setattr("photomosaic.faces.videos._Reader._look_at", fail)
    copies = tmp_path / "copies"
    copies.mkdir()
    shutil.copy2(clips / "sub" / "party.mp4", copies / "party.mp4")
    before = {path.name: path.read_bytes() for path in folder.glob("0*.jpg")}
    assert run("--videos", photos_dir=copies)[0] == 0
    assert {path.name: path.read_bytes() for path in folder.glob("0*.jpg")} == before


def test_a_rejected_second_stays_away_and_a_placed_frame_stays(run, tmp_path):
    folder = tmp_path / "montage"
    run("--videos")
    first, second = framed(folder)
    (folder / first.frame).unlink()
    left, right = (pair.split(",") for pair in second.eyes.split())
    eyes = f"{float(left[0]) + 8:.1f},{left[1]} {float(right[0]) + 8:.1f},{right[1]}"
    rows = read_list(folder)
    rows[rows.index(second)] = replace(second, eyes=eyes)
    write_list(folder, rows)
    for words in ([], ["--align=face", "--eyes-open=0.01"]):
        run("--videos", *words)
        (row,) = framed(folder)
        assert (row.time, row.eyes) == (second.time, eyes)
    assert [row.time for row in read_list(folder) if row.status == REJECTED] == [first.time]


def test_without_the_option_videos_are_left_alone(run, family):
    code, _, err = run()
    assert code == 2
    assert "there is no photo in it, but 2 videos" in err
    code, out, _ = run("--videos", photos_dir=family / "photos")
    assert code == 0
    assert "5 frames" in out
    assert "7 photos with 6 faces searched\n" in out
    code, _, err = run("--videos", "--who")
    assert code == 2
    assert "--videos: --who groups the faces of photos only" in err


def frame_finding(number, face, status, **fields):
    file = PhotoFile("/a.mp4", 1, 0, 0, 0, 0)
    photo = ScannedPhoto(
        file, bytes([number]) * 32, PhotoFaces(480, 640, False, UNDATED, (face,)), number
    )
    return Finding(photo, face, 0.9, 0.3, status, **fields)


def test_one_frame_of_each_second():
    nobody = np.zeros(128, np.float32)
    sharp, dull = face_of(nobody, sharpness=300.0), face_of(nobody, sharpness=60.0)
    beside = face_of(nobody, left=300.0)
    numbers = [(0, dull), (1, sharp), (2, dull), (3, dull), (4, beside), (7, sharp), (8, beside)]
    matches = [frame_finding(number, face, MATCH) for number, face in numbers]
    placed = frame_finding(3, dull, MATCH, placed=dull.eyes + 9)
    matches[3] = placed
    misses = [frame_finding(number, dull, NEAR_MISS) for number in (2, 5, 9, 10, 11)]
    rejected = [frame_finding(6, dull, REJECTED)]
    found = one_of_each_second(Found(0, 0, matches, misses, rejected, []))
    assert [one.photo.sample for one in found.matches] == [1, 3, 8]
    assert [one.photo.sample for one in found.near_misses] == [9]
    assert found.rejected == rejected


def test_samples_come_back_from_the_index():
    face = face_of(np.arange(128, dtype=np.float32))
    samples = (Sample(3, b"a" * 32, (face, face)), Sample(4, b"b" * 32, (face,)))
    video = VideoFaces(480, 640, False, UNDATED, samples)
    index = VideoIndex(Database(None))
    back = index.from_row(index.to_row(video))
    assert [(one.number, one.hash, len(one.faces)) for one in back.samples] == [
        (3, b"a" * 32, 2),
        (4, b"b" * 32, 1),
    ]
    assert (back.samples[1].faces[0].embedding == face.embedding).all()


def test_frames_are_the_same_each_time(clips):
    path = str(clips / "sub" / "party.mp4")
    hashes = [[hash_of(frame) for frame in frames_of(path)] for _ in range(2)]
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) == 12


@pytest.mark.parametrize(
    ("tags", "source", "when"),
    [
        (["creation_time=1970-01-01T00:00:00Z"], None, None),
        ([], None, None),
        (
            ["com.apple.quicktime.creationdate=2015-01-05T09:10:11+0900"],
            "QuickTime creationdate",
            datetime(2015, 1, 5, 9, 10, 11),
        ),
    ],
)
def test_when_a_clip_was_taken(tmp_path, tags, source, when):
    words = [word for tag in tags for word in ("-metadata", tag)]
    path = film(tmp_path / "a.mp4", [astronaut()], *words, "-movflags", "use_metadata_tags")
    date = taken(path)
    assert (date and date.source, date and date.when) == (source, when)
