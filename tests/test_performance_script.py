from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from skimage import data

import performance
from photomosaic.errors import InputError
from photomosaic.jobs import performance as checking
from photomosaic.matching.grid import TileSize
from photomosaic.mosaic import Mosaicker
from photomosaic.options.photos import TileOptions
from photomosaic.performance import measure as measuring
from photomosaic.performance.plots import file_names

COLOURS = [(250, 20, 20), (20, 250, 20), (20, 20, 250), (240, 240, 240), (10, 10, 10), (90, 0, 90)]
PROJECT = Path(__file__).resolve().parents[1]


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


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Return a clip of 20 frames, of which the second half stands still."""
    path = tmp_path_factory.mktemp("clips") / "a clip.mp4"
    source = "testsrc2=s=96x64:r=25:d=0.4,tpad=stop=10:stop_mode=clone"
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source]
    subprocess.run([*command, "-c:v", "libx264", "-qp", "0", str(path)], check=True, timeout=60)
    return path


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """Return a folder of a face that is in the public domain, of a wall and of a broken file."""
    folder = tmp_path_factory.mktemp("faces of 100 %")
    Image.fromarray(data.astronaut()[0:300, 80:380]).save(folder / "face.png")
    Image.fromarray(np.full((200, 200, 3), 90, np.uint8)).save(folder / "wall.png")
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    return folder


@pytest.fixture
def unplotted(monkeypatch):
    monkeypatch.setattr(checking, "write_plots", lambda *_: None)


def run(words, *more):
    return performance.main([*(str(word) for pair in words.items() for word in pair), *more])


def figures_of(words):
    return json.loads((words["--savedir"] / "performance.json").read_text())


def test_a_quick_run_writes_plots_figures_and_a_table(words, capsys):
    assert run(words, "--quick") == 0
    savedir = words["--savedir"]
    expected = {*file_names(video=False, faces=False), "performance.json", "table.md"}
    assert {path.name for path in savedir.iterdir()} == expected
    for path in savedir.glob("*.png"):
        with Image.open(path) as plot:
            assert plot.size == (960, 600)
            assert len(plot.convert("L").getcolors()) > 10
    told = capsys.readouterr().out
    assert told == (savedir / "table.md").read_text()
    assert len(re.findall(r"^\| mosaic at scale", told, re.MULTILINE)) == 3
    assert len(figures_of(words)["measurements"]["scales"]) == checking.QUICK_SCALES


@pytest.mark.parametrize(
    "name", ["table.md", "performance.json", *file_names(video=False, faces=False)]
)
def test_somebodys_own_under_the_names_of_the_results_is_kept(words, name, capsys):
    words["--savedir"].mkdir()
    (words["--savedir"] / name).write_text("mine")
    assert run(words, "--quick") == 2
    told = f"--savedir {words['--savedir'] / name}: exists already, and was not made by"
    assert told in capsys.readouterr().err
    assert (words["--savedir"] / name).read_text() == "mine"


@pytest.mark.usefixtures("unplotted")
def test_the_figures_add_up(words):
    assert run(words, "--repeats", "3") == 0
    figures = figures_of(words)
    assert set(figures) == {"versions", "machine", "settings", "units", "target", "measurements"}
    found = figures["measurements"]
    assert found["photos"]["photos"] == len(COLOURS)
    assert [(scale["scale"], scale["height"]) for scale in found["scales"]] == [
        (scale, 4 * scale) for scale in range(1, 7)
    ]
    assert [scale["cells"] for scale in found["scales"]][:2] == [24 * 40, 12 * 20]
    stages = {"features", "index build", "search", "joint choice", "compose", "blend", "encode"}
    for scale in found["scales"]:
        assert stages == set(scale["stages"])
        del scale["stages"]["blend"]  # measured in any case, but not asked for
        most = sum(stage["most"] for stage in scale["stages"].values())
        least = sum(stage["least"] for stage in scale["stages"].values())
        assert least * 0.999999 <= scale["total"]["least"] <= scale["total"]["median"]
        assert scale["total"]["median"] <= scale["total"]["most"] <= most * 1.000001
    most = TileOptions().cuts_of_each(len(COLOURS)) * len(COLOURS)
    # Some photos are too small for so many.
    assert most // 2 < [part["tiles"] for part in found["lookup"]][-1] <= most
    assert list(found["photos"]["caching"]) == ["no cache", "first run", "later run"]
    assert set(found["photos"]["formats"]) == {"JPEG", "PNG"}
    assert (found["video"], found["faces"], found["unreadable"]) == (None, None, 0)
    if sys.platform == "linux":
        assert set(found["memory"]) == {"photos to tiles", "mosaics", "lookup"}
        assert max(found["memory"].values()) <= found["peak_memory"]


@pytest.mark.usefixtures("unplotted")
@pytest.mark.parametrize("look", [[], ["--opacity", "0.3", "--tint", "0.2"]])
def test_blending_is_in_the_total_only_if_it_is_asked_for(words, look):
    assert run(words, "--quick", *look) == 0
    for scale in figures_of(words)["measurements"]["scales"]:
        blend = scale["stages"]["blend"]["median"]
        assert ("tint" in scale["stages"]) == bool(look)
        stages = sum(stage["median"] for stage in scale["stages"].values())
        stages -= 0 if look else blend
        assert scale["total"]["median"] == pytest.approx(stages)


@pytest.mark.parametrize("quick", [["--quick"], ["--repeats", "2"]])
def test_videos_and_faces_are_measured_too(words, clip, faces, capsys, quick):
    assert run({**words, "--video": clip, "--faces": faces}, *quick) == 0
    assert {"video.png", "faces.png"} <= {path.name for path in words["--savedir"].iterdir()}
    found = figures_of(words)["measurements"]
    video = found["video"]
    assert (video["width"], video["height"], video["frames"]) == (96, 64, 20)
    assert list(video["parts"]) == ["decode", "fold", "encode"]
    assert {"features", "search", "select", "hold", "compose"} <= set(video["fold"])
    assert 0 < video["changed"] <= video["changed_without_holding"] < 0.5
    # What stands still is not searched; the other half mostly is.
    assert 0.5 <= video["skipped_searches"] < 0.95
    looked_at = found["faces"]
    assert (looked_at["photos"], looked_at["faces"]) in ((2, 1), (1, 1), (1, 0))
    stages = {"read", "decode", "detect"}
    stages |= {"landmarks", "embed"} if looked_at["faces"] else set()
    assert set(looked_at["stages"]) == stages
    assert (looked_at["frame"] is None) == (looked_at["faces"] == 0)
    told = capsys.readouterr().out
    assert "video frame: all at once" in told
    assert "faces: detect" in told


@pytest.mark.usefixtures("unplotted")
def test_what_the_fold_measures_is_what_video_py_tells(words, clip):
    from photomosaic.motion.fold import VideoFold
    from photomosaic.options.look import RenderOptions
    from photomosaic.options.video import VideoOptions
    from photomosaic.video.pipes import read_frames
    from photomosaic.video.probe import probe
    from tests.codebooks import read_codebook

    assert run({**words, "--video": clip}, "--repeats", "1") == 0
    video = figures_of(words)["measurements"]["video"]
    tile = TileSize.of(TileOptions(), video["scale"])
    codebook = read_codebook(words["--codebook-dir"], tile=tile, cuts=None)
    mosaicker = Mosaicker(codebook, RenderOptions().for_frames())
    fold = VideoFold(mosaicker, VideoOptions().stabilization_threshold)
    for frame in read_frames(probe(clip, start=0, seconds=None, fps=None, sound=False)):
        fold.step(frame)
    assert video["changed"] == fold.flicker
    assert video["changed_without_holding"] == fold.flicker_without_holding
    assert video["skipped_searches"] == 1 - fold.searched


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--target", "gone.jpg"),
        ("--codebook-dir", "gone"),
        ("--max-scale", 1000),
        ("--video", "gone.mp4"),
        ("--video", __file__),
        ("--faces", "gone"),
        ("--faces", __file__),
        ("--repeats", 0),
    ],
)
def test_a_mistake_names_its_option_and_nothing_is_written(
    words, capsys, monkeypatch, option, value
):
    monkeypatch.setattr(checking, "measure", lambda *_: pytest.fail("long work began"))
    assert run({**words, option: value}) == 2
    error = capsys.readouterr().err
    assert option in error
    assert error.count("\n") == 1
    assert not list(words["--savedir"].glob("*"))


def test_a_folder_without_faces_to_look_at(words, capsys, tmp_path):
    (tmp_path / "empty").mkdir()
    assert run({**words, "--faces": tmp_path / "empty"}) == 2
    assert "there is no photo in it" in capsys.readouterr().err


def test_tiles_that_do_not_fit_into_the_video(words, capsys, clip, make_photo):
    make_photo(words["--target"], size=(400, 400))
    assert run({**words, "--min-scale": 30, "--max-scale": 40, "--video": clip}) == 2
    error = capsys.readouterr().err
    assert "a clip.mp4" in error
    assert "96x64; the largest scale that works is 16" in error


@pytest.mark.usefixtures("unplotted")
def test_faces_of_which_none_can_be_read_cost_only_a_warning(words, capsys, tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    assert run({**words, "--faces": folder}, "--quick") == 0
    assert "no photo in it can be read" in capsys.readouterr().err
    assert figures_of(words)["measurements"]["faces"] is None


@pytest.mark.usefixtures("unplotted")
def test_broken_photos_are_listed_at_the_end(words, capsys):
    (words["--codebook-dir"] / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    assert run(words, "--quick") == 0
    shown = capsys.readouterr()
    assert "broken.jpg" in shown.err
    assert "6 photos (1 more could not be read)" in shown.out
    assert figures_of(words)["measurements"]["unreadable"] == 1


def test_plots_among_the_photos_are_no_photos_the_next_time(words):
    words["--savedir"] = words["--codebook-dir"] / "figures"
    for _ in range(2):
        assert run(words, "--quick") == 0
        assert figures_of(words)["measurements"]["photos"]["photos"] == len(COLOURS)


def test_scales_the_wrong_way_round(words, capsys):
    assert run({**words, "--min-scale": 7}) == 2
    assert "swap them" in capsys.readouterr().err


@pytest.mark.usefixtures("unplotted")
def test_settings_are_recorded_without_the_folders_of_the_home(words, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    words["--exclude"] = tmp_path / "secret"
    assert run(words, "--quick") == 0
    text = (words["--savedir"] / "performance.json").read_text()
    settings = json.loads(text)["settings"]
    assert settings["target"] == "target.png"
    assert settings["codebook_dir"] == "my photos 100%"
    assert settings["exclude"] == ["~/secret"]
    assert settings["max_scale"] == 6
    assert str(tmp_path) not in text
    assert tmp_path.name not in text


@pytest.mark.usefixtures("unplotted")
def test_the_home_itself_is_recorded_without_its_name(words, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run({**words, "--codebook-dir": tmp_path}, "--quick") == 0
    assert figures_of(words)["settings"]["codebook_dir"] == "~"


@pytest.mark.usefixtures("unplotted")
def test_machine_and_versions_are_recorded(words):
    assert run(words, "--quick") == 0
    figures = figures_of(words)
    assert set(figures["machine"]) == {"system", "architecture", "processor", "cores", "memory"}
    assert {"photomosaic", "python", "numpy", "opencv-python"} <= set(figures["versions"])


def test_it_measures_the_toolkit_and_no_copy_of_it():
    imported = set()
    for path in Path(measuring.__file__).parent.glob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text()))
        imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    used = (
        "mosaic stills library.photo_library motion.render motion.fold video.pipes"
        " faces.face_library"
    )
    assert {f"photomosaic.{module}" for module in used.split()} <= imported
    assert not any("faiss" in name or "features" in name for name in imported)


@pytest.mark.usefixtures("unplotted")
def test_what_is_measured_is_what_mosaics_are_made_with(words, monkeypatch):
    assigned = []
    real = Mosaicker.assign
    monkeypatch.setattr(
        Mosaicker, "assign", lambda self, frame: assigned.append(self) or real(self, frame)
    )
    monkeypatch.setattr("photomosaic.performance.timing.SHORT_SECONDS", 0.0)
    assert run(words, "--repeats", "2") == 0
    assert len(assigned) == (1 + 2) * 6  # the first of each scale is not timed


@pytest.mark.usefixtures("unplotted")
def test_large_tiles_are_made_of_the_originals(words, make_photo):
    make_photo(words["--target"], size=(1000, 1000))
    assert run({**words, "--min-scale": 31, "--max-scale": 34}, "--repeats", "1") == 0
    scales = figures_of(words)["measurements"]["scales"]
    assert ["large tiles" in scale["stages"] for scale in scales] == [False, False, True, True]


@pytest.mark.usefixtures("unplotted")
def test_large_tiles_of_a_video_are_made_of_the_originals(
    words, make_photo, tmp_path, monkeypatch, capsys
):
    tiles = []

    def undecodable(plan, codebook, *_):
        tiles.append(codebook.tile)
        raise InputError(f"{plan.clip.video.path}: not one frame can be decoded")

    monkeypatch.setattr(measuring, "measure_video", undecodable)
    make_photo(words["--target"], size=(400, 400))
    path = tmp_path / "large.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x320:r=25:d=0.08"]
    subprocess.run([get_ffmpeg_exe(), "-v", "error", *source, path], check=True, timeout=60)
    assert run({**words, "--min-scale": 60, "--max-scale": 60, "--video": path}, "--quick") == 0
    assert tiles == [TileSize(240, 180)]
    assert "large.mp4: not one frame can be decoded" in capsys.readouterr().err


@pytest.mark.usefixtures("unplotted")
def test_a_quick_run_makes_a_large_target_smaller_but_not_than_a_tile(words, make_photo):
    make_photo(words["--target"], size=(2400, 1800))
    assert run({**words, "--min-scale": 6}, "--quick") == 0
    height, width = figures_of(words)["target"]
    assert height * width == pytest.approx(checking.QUICK_PIXELS, rel=0.01)
    assert run({**words, "--min-scale": 440, "--max-scale": 440}, "--quick") == 0
    height, width = figures_of(words)["target"]
    assert (height, width) == (1760, 2347)


@pytest.mark.parametrize("option", [["--video"], ["--faces"]])
def test_what_is_heavy_loads_only_where_it_is_asked_for(words, clip, faces, option):
    paths = {"--video": clip, "--faces": faces}
    more = [str(word) for name in option for word in (name, paths[name])]
    arguments = [*(str(word) for pair in words.items() for word in pair), "--quick", *more]
    code = (
        f"import sys, performance; performance.main({arguments!r});"
        "print(*sys.modules, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    loaded = set(result.stderr.split())
    assert "matplotlib" in loaded
    assert "matplotlib.pyplot" not in loaded
    assert ("av" in loaded) == ("--video" in option)
    assert ("dlib" in loaded) == ("--faces" in option)
