from __future__ import annotations

import time

import pytest

import mosaic
from photomosaic.app.job_process import Task
from photomosaic.app.running import Run

SECONDS = 60


@pytest.fixture
def task_of(tmp_path, photo_folder, target):
    def make(*words, name="made.png"):
        words = (f"--target={target}", f"--codebook-dir={photo_folder}", *words)
        places = {"savepath": str(tmp_path / name), "cache_dir": tmp_path / "cache"}
        return Task(mosaic.COMMAND, words, places)

    return make


def test_a_job_runs_and_ends_with_the_words_of_its_script(task_of, tmp_path):
    run = Run(1, "a mosaic", task_of("--scale=4"), tmp_path)
    assert run.wait(SECONDS) == "done", run.error
    assert run.lines[0].startswith(f"{tmp_path}/made.png: 96x128 pixels")
    assert any("60 photos" in note for note in run.notes)
    run.close()
    assert run.state == "done"


def test_a_mistake_is_told_as_by_the_script(task_of, tmp_path):
    run = Run(1, "a mosaic", task_of("--scale=900"), tmp_path)
    assert run.wait(SECONDS) == "failed"
    assert run.error.startswith("--scale: ")
    assert "the largest scale that works" in run.error


def test_a_cancelled_job_leaves_nothing_half_done(task_of, tmp_path):
    run = Run(1, "a mosaic", task_of("--enlarge=100", "--scale=2", name="made.tif"), tmp_path)
    end = time.monotonic() + SECONDS
    while run.step.total == 0 and time.monotonic() < end:
        time.sleep(0.01)
    run.cancel()
    assert run.wait(SECONDS) == "cancelled"
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"cache", "photos", "target.png"}
