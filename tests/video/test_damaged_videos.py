from __future__ import annotations


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
