from __future__ import annotations

import contextlib

import av


def test_sound_ends_with_the_picture_of_a_clip_that_breaks_off(run_video, plain, monkeypatch):
    from photomosaic.video import render

    whole = render.read_frames

    def broken(video, clock):
        with contextlib.closing(whole(video, clock)) as frames:
            for number, frame in enumerate(frames):
                if number == 10:
                    return
                yield frame

    monkeypatch.setattr(render, "read_frames", broken)
    made = run_video(plain)
    assert made.code == 0
    assert "only 10 of" in made.err
    with av.open(str(made.path)) as container:
        picture = container.streams.video[0]
        assert picture.frames == 10
        length = float(picture.duration * picture.time_base)
        for sound in container.streams.audio:
            assert float(sound.duration * sound.time_base) <= length + 0.04
    assert [path.suffix for path in made.path.parent.iterdir() if path.name.startswith(".")] == []


def test_sound_whose_first_packet_is_damaged_is_taken(plain, monkeypatch):
    from photomosaic.video import probe as probe_module
    from photomosaic.video import sound as sound_module

    judge, seen = sound_module._has_frames, []

    def first_damaged(packet):
        seen.append(packet)
        return len(seen) > 1 and judge(packet)

    monkeypatch.setattr(sound_module, "_has_frames", first_damaged)
    found = probe_module.probe(plain, start=0, seconds=None, fps=None, sound=True)
    assert found.sound is not None
    assert len(seen) > 1
