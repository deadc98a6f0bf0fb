from __future__ import annotations

from types import SimpleNamespace

from photomosaic.errors import NoMatchError
from photomosaic.performance import faces


def test_photos_that_all_went_away_give_no_time_of_frames(tmp_path, monkeypatch):
    def all_gone(*_, **__):
        raise NoMatchError("none can be read any more")

    class Finding:
        def __init__(self, *_):
            pass

        def dated(self):
            return self

    monkeypatch.setattr(faces, "Finding", Finding)
    monkeypatch.setattr(faces, "write_frames", all_gone)
    scan = SimpleNamespace(photos=[SimpleNamespace(faces=["a face"])])
    assert faces._write_frames(scan, tmp_path) == []
