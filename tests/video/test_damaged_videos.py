from __future__ import annotations

from contextlib import contextmanager

from photomosaic.video import pipes
from photomosaic.video.probe import probe


def test_the_last_frame_is_held_where_decoding_ends_early(long_clip, monkeypatch, caplog):
    start, processes = pipes.running, []

    @contextmanager
    def watched(*arguments):
        with start(*arguments) as ffmpeg:
            processes.append(ffmpeg.process)
            yield ffmpeg

    monkeypatch.setattr(pipes, "running", watched)
    found = probe(long_clip, start=0, seconds=4, fps=None, sound=False)
    frames = pipes.read_frames(found)
    next(frames)
    processes[0].kill()
    # A few may have been in the pipe.
    means = [frame.mean() for frame in frames]
    assert len(means) == 99
    assert len(set(means[20:])) == 1
    assert "cannot be decoded after" in caplog.text
