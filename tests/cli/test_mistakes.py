from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import make_gif
import mosaic
import video
from photomosaic.cli import environment
from photomosaic.errors import InputError

PROJECT = Path(__file__).resolve().parents[2]


def message(script, words):
    with pytest.raises(InputError) as caught:
        script.COMMAND.parser().parse_args(shlex.split(words))
    return str(caught.value).removesuffix(" (see --help)")


@pytest.mark.parametrize(
    ("script", "words", "meant"),
    [
        (mosaic, "--taget a.jpg", "--target"),
        (mosaic, "--target_width 9", "--target-width"),
        (mosaic, "--Tint 1", "--tint"),
        (mosaic, "-target a.jpg", "--target"),
        (mosaic, "\u2014target a.jpg", "--target"),
        (mosaic, "\u2013-target=a.jpg", "--target"),
        (mosaic, "--photos-dir photos", "--codebook-dir"),
        (mosaic, "--output a.jpg", "--savepath"),
        (mosaic, "-o a.jpg", "--savepath"),
        (video, "--video a.mp4", "--target"),
    ],
)
def test_the_option_that_was_probably_meant_is_named(script, words, meant):
    typed = words.split()[0].partition("=")[0]
    assert message(script, words) == f"unknown option {typed}; did you mean {meant}?"


def test_an_option_of_another_script_is_told_from_a_misspelt_one():
    told = message(mosaic, "--resize-height 400")
    assert told == "--resize-height is an option of make_gif.py, not of mosaic.py"
    assert message(mosaic, "--zzzzz") == "unknown option --zzzzz"


def test_the_word_that_was_probably_meant_is_named():
    told = message(mosaic, "--crop centre")
    assert told.startswith("--crop: 'centre' is not one of center, attention,")
    assert told.endswith("; did you mean center?")
    assert "mean" not in message(mosaic, "--crop zzz")


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        ("--target my photo.jpg", "--target 'my photo.jpg'"),
        ("--target my summer photo.jpg --codebook-dir my photos", "--target 'my summer photo.jpg'"),
        ("--codebook-dir photos --target=my photos", "--target 'my photos'"),
    ],
)
def test_a_path_with_spaces_needs_quotes(words, whole):
    assert message(mosaic, words).endswith(f"a path with spaces needs quotes: {whole}")


def test_files_that_a_pattern_became_and_words_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.jpg", "b.jpg"):
        Path(name).touch()
    told = message(mosaic, "--exclude a.jpg b.jpg --target t.jpg")
    assert told.startswith(
        "--exclude takes one value, and b.jpg is another; a pattern needs quotes"
    )
    alone = "a.jpg stands alone; write an option before it, as in --target a.jpg"
    for words in ("a.jpg photos", "--quiet a.jpg"):
        assert message(mosaic, words) == alone


def test_a_value_that_looks_like_a_dash_is_a_value():
    words = ["--target", "\u2014x.jpg", "--codebook-dir", "\u2013 photos"]
    assert str(mosaic.COMMAND.parser().parse_args(words).target) == "\u2014x.jpg"


@pytest.mark.parametrize("script", [mosaic, make_gif])
def test_a_script_of_pictures_names_that_of_videos(script, tmp_path, capsys):
    clip = tmp_path / "clip.jpg"
    clip.write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100))
    words = ["--target", str(clip), "--codebook-dir", str(tmp_path)]
    words += ["--min-scale", "1", "--max-scale", "2"] if script is make_gif else []
    assert script.main(words) == 2
    told = f"--target {clip}: is a video; video.py makes mosaics of videos\n"
    assert capsys.readouterr().err.endswith(told)


@pytest.mark.parametrize("script", sorted(path.name for path in PROJECT.glob("*.py")))
def test_without_the_packages_each_script_names_the_environment(script, tmp_path):
    # No site packages, as with the Python of the system.
    command = [sys.executable, "-S", "-E", str(PROJECT / script), "--help"]
    for folder in (PROJECT, tmp_path):
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr.startswith(f"{script}: this Python, {sys.executable}, lacks numpy; ")
        assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(("made", "way_out"), [(True, "bin/python' mo"), (False, "sh demo.sh")])
def test_the_way_to_the_environment(tmp_path, monkeypatch, made, way_out):
    project = tmp_path / "my 100%d project"
    python = project / ".venv/bin/python"
    if made:
        python.parent.mkdir(parents=True)
        python.touch()
    monkeypatch.setattr(environment, "PROJECT", project)
    monkeypatch.setattr(sys, "argv", ["mosaic.py"])
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    problem = environment.problem_of_python() or ""
    assert "is older than 3.11; " in problem
    assert way_out in problem
    if made:
        project_folder = os.fspath(project)
        monkeypatch.chdir(project_folder)
        assert str(environment.problem_of_python()).endswith(": .venv/bin/python mosaic.py")


def test_with_the_packages_there_is_no_problem():
    assert environment.problem_of_python() is None
