from __future__ import annotations

from fractions import Fraction
from itertools import groupby
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.errors import WorkerError
from photomosaic.motion import render, segments, segments_there
from photomosaic.motion.fold import FoldCounts
from photomosaic.motion.segments import Scenes
from photomosaic.motion.segments_there import _frames_of, _paintings, _seen, _Segment

WINDOW = 4


def frame_of(level):
    return np.full((4, 6, 3), level, np.uint8)


def first_frames(levels):
    """Return the number of the first frame of each segment, by the window it begins in."""
    scenes = Scenes(window=WINDOW)
    found = [scenes.segment(frame_of(level)) for level in levels]
    return {window: found.index(window) for window in dict.fromkeys(found)}


def test_a_segment_begins_with_the_first_scene_of_a_window():
    # The fourth follows a change as large, so it may be a flash.
    levels = [0, 0, 200, 0, 50, 50, 50, 90, 90, 10, 10, 200, 200, 200, 200, 200]
    assert first_frames(levels) == {0: 0, 1: 7, 2: 9}
    assert first_frames([7] * 20) == {0: 0}


@pytest.mark.parametrize(("change", "begins"), [(23, False), (24, True)])
def test_small_changes_begin_no_scene(change, begins):
    assert (1 in first_frames([9] * 5 + [9 + change] * 3)) is begins


def test_frames_that_always_change_begin_no_scene():
    assert first_frames([0, 80, 0, 80, 0, 80, 0, 80, 0, 80]) == {0: 0}


@given(st.lists(st.sampled_from([0, 10, 40, 90, 200]), min_size=1, max_size=30))
def test_who_begins_in_the_middle_finds_the_same_segments(levels):
    frames = [frame_of(level) for level in levels]
    whole = [
        (window, len(list(part))) for window, part in groupby(frames, Scenes(window=WINDOW).segment)
    ]
    video = SimpleNamespace(fps=Fraction(25), start=0.0, frames=len(frames))
    film = SimpleNamespace(window=WINDOW, video=video)
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments_there, "from_frame", lambda _, start: start)
        patch.setattr(segments_there, "_frames_ahead", lambda start: (f for f in frames[start:]))
        for window in range(-(-len(frames) // WINDOW)):
            read = list(_frames_of(film, window))
            mine = [number for number, _, belongs in read if belongs]
            assert mine == list(range(mine[0], mine[0] + len(mine))) if mine else not read
            assert all(frame is frames[number] for number, frame, _ in read)
            found += [(window, len(mine))] if mine else []
    assert found == whole


@pytest.fixture(scope="session")
def scenes(clip):
    """Return a clip of 60 frames in five scenes, with sound."""
    inputs = [f"-f lavfi -i testsrc2=s=96x64:r=25:d=0.48,hue=b={2 * i - 4}" for i in range(5)]
    return clip(
        "five-scenes.mp4",
        *" ".join(inputs).split(),
        *"-f lavfi -i sine=440:d=2.4".split(),
        *["-filter_complex", "[0][1][2][3][4]concat=n=5", "-map", "5:a"],
        *"-c:v libx264 -g 7 -preset ultrafast -pix_fmt yuv420p -c:a aac".split(),
    )


def test_a_film_in_segments_is_whole(run_video, scenes, look, tmp_path, monkeypatch):
    whole = run_video(scenes, savepath=tmp_path / "whole.mp4")
    monkeypatch.setattr(segments, "WINDOW", 12)
    joined = []

    def join(pieces, *how):
        joined.extend(pieces)
        real(pieces, *how)

    real = render.join
    monkeypatch.setattr(render, "join", join)
    made = run_video(scenes)
    assert (made.code, len(joined)) == (0, 5)
    assert len(look.frames(made.path)) == 60
    np.testing.assert_allclose(look.times(made.path), np.arange(60) / 25, atol=1e-4)
    assert made.path.read_bytes() != whole.path.read_bytes()
    assert look.packets(made.path) == look.packets(whole.path)
    assert look.facts(made.path) == look.facts(whole.path)


def test_a_cluster_makes_the_same_bytes(run_video, scenes, monkeypatch, tmp_path):
    pytest.importorskip("distributed")
    monkeypatch.setattr(segments, "WINDOW", 12)
    options = {"best_k": 3, "randomness": 0.1, "tint": 0.5, "cache_dir": tmp_path / "cache"}
    here = run_video(scenes, **options).path.read_bytes()
    made = run_video(scenes, scheduler="local:2", **options)
    assert made.code == 0
    assert made.path.read_bytes() == here


@pytest.mark.parametrize(
    ("tint", "opacity", "channels", "read"),
    [(0, 0, 3, False), (0.1, 0, 3, True), (0, 0.1, 3, True), (0, 0, 4, True)],
)
def test_frames_are_decoded_again_only_if_something_of_them_is_seen(
    monkeypatch, tint, opacity, channels, read
):
    monkeypatch.setattr(segments_there, "_frames_ahead", lambda _: iter([frame_of(9)] * 2))
    film = SimpleNamespace(look=SimpleNamespace(tint=tint, opacity=opacity))
    pictures = SimpleNamespace(tiles=np.zeros((1, 2, 2, channels), np.uint8))
    part = SimpleNamespace(frames=2, height=5, width=6)
    frames = list(_seen(film, part, pictures))
    assert [frame.shape for frame in frames] == [(4, 6, 3)] * 2
    assert all((frame == 9).all() == read for frame in frames)


def test_short_films_are_made_here(run_video, plain):
    made = run_video(plain, scheduler="local:1")
    assert made.code == 0
    assert "this computer makes the film, not the cluster: it is too short" in made.err


@pytest.mark.parametrize(("first", "following"), [(5, 1), (4, 2)])
def test_frames_that_do_not_join_are_refused(first, following):
    ids = np.zeros((4, 1, 1), np.int32)
    pieces = [_Segment(0, 4, ids, FoldCounts(), (0, 1))]
    pieces.append(_Segment(first, first + 4, ids, FoldCounts(), (following, 0)))
    pictures = SimpleNamespace(take=lambda used: np.zeros((len(used), 1, 1, 3), np.uint8))
    fold = SimpleNamespace(counts=FoldCounts(), mosaicker=SimpleNamespace(codebook=pictures))
    video = SimpleNamespace(path="film.mp4")
    painted = _paintings([None, *pieces], fold, video)
    assert next(painted).first == 0
    with pytest.raises(WorkerError, match=r"^film\.mp4: .* run again without a cluster$"):
        next(painted)
