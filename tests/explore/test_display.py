from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from photomosaic.errors import InputError
from photomosaic.explore import display

PROJECT = Path(__file__).resolve().parents[2]


def test_no_display_is_told_before_a_window_would_end_the_process(painting, detailed_photos):
    without = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    without.pop("WAYLAND_DISPLAY", None)
    command = [sys.executable, PROJECT / "interactive.py", "--target", painting]
    command += ["--codebook-dir", detailed_photos, "--min-scale", 2, "--max-scale", 4]
    for variables in (without, without | {"DISPLAY": ":4711"}):
        done = subprocess.run(
            list(map(str, command)), env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
        assert line.startswith("interactive.py: ")
        assert "display" in line
        assert "XQuartz" in line
        assert line.endswith("or use the notebook: jupyter lab notebooks/explore.ipynb")


def test_an_opencv_without_windows_is_told(monkeypatch):
    monkeypatch.setattr(display, "PROBE", f"raise SystemExit({display.NO_WINDOWS!r})")
    with pytest.raises(InputError, match="pip uninstall opencv-python-headless"):
        display.check_display()


def test_a_display_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr(display, "PROBE", "import time; time.sleep(60)")
    monkeypatch.setattr(display, "PROBE_SECONDS", 0.5)
    monkeypatch.setenv("DISPLAY", "elsewhere:0")
    with pytest.raises(InputError, match="'elsewhere:0' does not answer"):
        display.check_display()


def test_the_packaged_font_is_where_qt_is_told(monkeypatch):
    monkeypatch.setenv("QT_QPA_FONTDIR", "/nowhere")
    display.prepare_qt()
    assert list(Path(os.environ["QT_QPA_FONTDIR"]).glob("*.ttf"))
