from __future__ import annotations

import os
import stat

import pytest

from photomosaic.errors import InputError
from photomosaic.files.output_place import prepare_output


def test_prepare_makes_folders_and_nothing_else(tmp_path):
    prepare_output(tmp_path / "a" / "b" / "mosaic.png")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    prepare_output(tmp_path / "a" / "b" / "mosaic.png")


def test_prepare_leaves_an_older_file(tmp_path):
    (tmp_path / "mosaic.png").write_bytes(b"old")
    prepare_output(tmp_path / "mosaic.png")
    assert (tmp_path / "mosaic.png").read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_prepare_refuses_a_folder(tmp_path):
    (tmp_path / "mosaic.png").mkdir()
    with pytest.raises(InputError, match=r"/mosaic\.png: is a folder; name a file in it$"):
        prepare_output(tmp_path / "mosaic.png")


def test_prepare_refuses_what_is_no_file_and_leaves_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "device.png").symlink_to("/dev/null")
    for name in ("pipe.png", "device.png"):
        with pytest.raises(InputError, match=r"\.png: is not a regular file; name another$"):
            prepare_output(tmp_path / name)
    assert stat.S_ISFIFO((tmp_path / "pipe.png").stat().st_mode)


def test_prepare_refuses_a_file_as_the_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"kept")
    for path in (tmp_path / "file" / "a.png", tmp_path / "file" / "sub" / "a.png"):
        with pytest.raises(InputError) as refused:
            prepare_output(path)
        reason = f"{tmp_path / 'file'} is a file, not a folder"
        assert str(refused.value) == f"{path}: cannot be written there: {reason}"
    assert (tmp_path / "file").read_bytes() == b"kept"


def test_prepare_refuses_a_folder_that_may_not_be_written(tmp_path, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    # Permissions do not stop root, whom tests in containers often run as.
    monkeypatch.setattr("photomosaic.files.output_place.tempfile.TemporaryFile", refuse)
    with pytest.raises(InputError, match=r"/a\.png: cannot be written there: Permission denied$"):
        prepare_output(tmp_path / "a.png")
