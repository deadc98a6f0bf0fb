from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import av
import cv2
import numpy as np
import pytest
from PIL import Image

import interactive
from photomosaic.animation.recording import Recording
from photomosaic.errors import InputError
from photomosaic.explore.explorer import Request
from photomosaic.explore.live import LiveExplorer
from photomosaic.images.listing import list_photos
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.mosaic import Mosaicker
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions
from photomosaic.video.playback import camera_frames, played
from photomosaic.video.probe import probe
from tests.conftest import need
from tests.explore.screen import wait_until

REQUEST = Request(4, RenderOptions(refine=0.0, variety=0.0))


def picture(seed, height=48, width=60):
    cells = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), np.uint8)
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def live(detailed_photos, tmp_path):
    """Return a function that starts an explorer of frames."""
    started = []

    def start(frames, first, **options):
        opening = partial(PhotoLibrary, tmp_path / "cache")
        tiles = TileOptions(**options)
        explorer = LiveExplorer(frames, first, list_photos(detailed_photos), tiles, opening)
        started.append(explorer)
        return explorer

    yield start
    for explorer in started:
        explorer.close()


def waiting(*frames):
    """Yield frames, and then wait as a camera does."""
    yield from frames
    while True:
        time.sleep(0.01)
        yield frames[-1]


def mosaic_of(frame, folder, cache, request=REQUEST):
    with PhotoLibrary(cache) as library:
        tile = {"height_aspect": 4, "width_aspect": 3}
        how = TileOptions(**tile)
        index = library.index(list_photos(folder))
        codebook = library.codebook(index, _tile(how, request.scale), how)
        return Mosaicker(codebook, request.options.covering()).render(frame)


def _tile(how, scale):
    from photomosaic.matching.grid import TileSize

    return TileSize.of(how, scale)


def test_the_latest_frame_is_made_with_the_latest_settings(live, detailed_photos, tmp_path):
    one, other = picture(1), picture(2)
    explorer = live(waiting(other), one)
    explorer.request(REQUEST)
    wait_until(lambda: explorer.ready(REQUEST), "a mosaic")
    expected = mosaic_of(other, detailed_photos, tmp_path / "cache2")
    wait_until(
        lambda: np.array_equal(explorer.ready(REQUEST).mosaic, expected), "that of the frame"
    )
    assert (explorer.target == other).all()
    smaller = replace(REQUEST, scale=2)
    explorer.request(smaller)
    assert explorer.nearest(smaller) is not None
    wait_until(lambda: explorer.ready(smaller), "one of the other scale")
    assert explorer.ready(REQUEST) is None
    assert len(explorer.index.photos) == 80


def test_a_mirrored_picture_is_mirrored_before_its_mosaic_is_made(live, detailed_photos, tmp_path):
    frame = picture(3)
    explorer = live(waiting(frame), frame)
    explorer.mirrored = True
    explorer.request(REQUEST)
    expected = mosaic_of(frame[:, ::-1].copy(), detailed_photos, tmp_path / "cache2")
    wait_until(lambda: explorer.ready(REQUEST), "a mosaic")
    wait_until(lambda: np.array_equal(explorer.ready(REQUEST).mosaic, expected), "the mirrored one")
    assert (explorer.target == frame[:, ::-1]).all()


@pytest.mark.parametrize("options", [{"cuts": 3}, {"crop": "pad"}])
def test_large_tiles_and_several_cuts_are_live_too(live, options):
    frame = picture(3, 700, 700)
    explorer = live(waiting(frame), frame, **options)
    request = replace(REQUEST, scale=60)
    explorer.request(request)
    wait_until(lambda: explorer.ready(request), "a mosaic of large tiles")
    assert explorer.ready(request).mosaic.shape == frame.shape


def test_a_camera_that_is_gone_is_an_error(live):
    def breaking():
        yield picture(4)
        raise InputError("gone")

    explorer = live(breaking(), picture(4))
    explorer.request(REQUEST)
    with pytest.raises(InputError, match="gone"):
        wait_until(lambda: explorer.ready(REQUEST) and None, "the error")


def test_closing_ends_the_frames(live):
    ended = []

    def frames():
        try:
            yield from waiting(picture(5))
        finally:
            ended.append(True)

    explorer = live(frames(), picture(5))
    explorer.close()
    assert ended == [True]


class Clock:
    """A clock that moves when somebody sleeps or works."""

    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time

    def sleep(self, seconds):
        self.time += seconds


@pytest.fixture
def clip(tmp_path):
    """Return a clip of ten frames, 64x48, at ten a second, each lighter than the one before."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        track = container.add_stream("libx264", rate=10)
        track.width, track.height, track.pix_fmt = 64, 48, "yuv420p"
        for number in range(10):
            pixels = np.full((48, 64, 3), 20 * number + 20, np.uint8)
            container.mux(track.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
        container.mux(track.encode(None))
    return path


def numbers_of(clip, count, busy=0.0):
    """Return the numbers and times of frames that are played while somebody is busy with each."""
    need("ffmpeg")
    clock, found = Clock(), []
    frames = played(probe(clip, start=0, seconds=None, fps=None, sound=False), clock, clock.sleep)
    for _ in range(count):
        frame = next(frames)
        found.append((round((frame.mean() - 20) / 20), round(clock.time, 6)))
        clock.sleep(busy)
    frames.close()
    return found


def test_a_clip_is_played_in_real_time_over_and_over(clip):
    found = numbers_of(clip, 23)
    assert [number for number, _ in found] == [*range(10), *range(10), 0, 1, 2]
    assert [time for _, time in found] == pytest.approx([0.1 * n for n in range(23)])


def test_a_clip_that_is_late_catches_up(clip):
    found = numbers_of(clip, 4, busy=0.05)
    assert [time for _, time in found] == pytest.approx([0, 0.1, 0.2, 0.3])


def test_a_clip_that_cannot_be_played_in_time_is_played_slowly(clip):
    found = numbers_of(clip, 12, busy=0.25)
    assert [number for number, _ in found] == [*range(10), 0, 1]
    assert [time for _, time in found] == pytest.approx([0.25 * n for n in range(12)])


def test_a_camera_that_is_not_there_is_told_of():
    with pytest.raises(InputError, match="camera 97 gives no picture"):
        next(camera_frames(97))


def test_a_camera_is_asked_for_fresh_frames_and_given_back(monkeypatch):
    class Camera:
        asked, released = {}, False

        def __init__(self, number):
            assert number == 3

        def set(self, what, value):
            self.asked[what] = value

        def read(self):
            return True, picture(6)

        def release(self):
            Camera.released = True

    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    frames = camera_frames(3)
    assert next(frames).shape == (48, 60, 3)
    frames.close()
    assert Camera.asked[cv2.CAP_PROP_BUFFERSIZE] == 1
    assert Camera.released


def test_a_recording_lasts_as_long_as_it_was_shown(tmp_path):
    need("ffmpeg")
    shown = [np.zeros((48, 64, 3), np.uint8)]
    recording = Recording(lambda: shown[0], tmp_path / "a.mp4")
    start = time.monotonic()
    time.sleep(0.4)
    shown[0] = np.full((48, 64, 3), 200, np.uint8)
    time.sleep(0.4)
    recording.stop()
    seconds = time.monotonic() - start
    with av.open(str(recording.finished())) as container:
        frames = [f.to_ndarray(format="gray").mean() for f in container.decode(video=0)]
    assert abs(len(frames) / 25 - seconds) < 0.5
    assert frames[0] < 20
    assert frames[-1] > 180


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--camera", "98"], "--camera: camera 98 gives no picture; see that it is there"),
        (["--camera", "no.mp4"], "--camera: no.mp4"),
        ([], "--target: name a picture, or a camera with --camera"),
        (["--camera", "0", "--target", "a.jpg"], "not allowed with argument"),
        (["--camera", "0", "--layout", "brick"], "--layout cannot be combined with --camera"),
        (["--camera", "0", "--gap", "0.1"], "--gap cannot be combined with --camera"),
    ],
)
def test_what_cannot_be_shown_live_is_one_line(capsys, detailed_photos, options, said):
    words = ["--codebook-dir", str(detailed_photos), "--min-scale", "1", "--max-scale", "9"]
    try:
        code = interactive.main([*words, "--no-cache", *options])
    except SystemExit as left:
        code = left.code
    errors = capsys.readouterr().err
    assert code == 2
    assert said in errors
    assert "Traceback" not in errors


def test_a_clip_is_shown_saved_recorded_and_mirrored(open_live, clip, tmp_path):
    window = open_live(clip, "--min-scale", 2, "--max-scale", 5)
    window.wait_for_title("scale 2: s saves")
    window.press("r")
    time.sleep(0.6)
    window.press("s", "m", "s", "plus", "r")
    window.wait_for_title("scale 3: s saves")
    wait_until(lambda: len(list((tmp_path / "out").glob("*.png"))) == 2, "two pictures")
    window.press("Escape")
    code, told, errors = window.finish()
    assert (code, errors.count("\n")) == (0, 1)
    assert told.count("saved ") == 3
    (film,) = (tmp_path / "out").glob("clip-*.mp4")
    with av.open(str(film)) as container:
        assert container.streams.video[0].frames >= 10
    for saved in (tmp_path / "out").glob("*.png"):
        with Image.open(saved) as made:
            assert made.size == (64, 48)
