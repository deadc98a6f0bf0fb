from __future__ import annotations

import os
import shutil
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from photomosaic.animation.ffmpeg_formats import write_with_ffmpeg
from photomosaic.errors import InputError
from photomosaic.images.encode import write_picture
from photomosaic.images.listing import list_photos
from photomosaic.images.overwriting import check_output, is_made_here, refuse_others_file

GREY = np.full((20, 30, 3), 90, np.uint8)


@pytest.fixture
def album(tmp_path):
    """Return a folder of photos, most of which no listing of it has."""
    folder = tmp_path / "album"
    for name in ("a.jpg", ".hidden.jpg", ".thumbs/b.jpg", "sub/c.png", "@eaDir/d.jpg"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (30, 20), "teal").save(folder / name)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (folder / "raw.cr2").write_bytes(b"II*\0" + bytes(99))
    (folder / "a.jpg.json").write_text('{\n  "title": "a.jpg"\n}')
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "deep").mkdir(parents=True)
    shutil.copy(folder / "a.jpg", elsewhere / "deep" / "e.jpg")
    shutil.copy(folder / "a.jpg", elsewhere / "f.jpg")
    (folder / "linked").symlink_to(elsewhere / "deep")
    (folder / "f.jpg").symlink_to(elsewhere / "f.jpg")
    (folder / "loop").symlink_to(folder)
    os.link(folder / ".thumbs" / "b.jpg", elsewhere / "same file.jpg")
    return folder


def listed(album):
    return list_photos(album, recursive=False, exclude=["sub", "f.jpg", "broken*"])


@pytest.mark.parametrize(
    "name",
    [
        "a.jpg",
        ".hidden.jpg",
        ".thumbs/b.jpg",
        "sub/c.png",
        "@eaDir/d.jpg",
        "broken.jpg",
        "raw.cr2",
        "a.jpg.json",
        "linked/e.jpg",
        "f.jpg",
        "loop/sub/c.png",
        "../elsewhere/deep/e.jpg",
        "../elsewhere/f.jpg",
        "../elsewhere/same file.jpg",
    ],
)
def test_no_file_of_the_photos_folder_is_written_over(album, target, name):
    with pytest.raises(InputError, match=r"(is one of|lies among) the photos.*; name another file"):
        check_output(album / name, target, listed(album))


def test_somebodys_video_among_the_photos_is_not_written_over(album, target):
    (album / "holiday.mp4").write_bytes(
        b"\0\0\0\x18ftypmp42" + b"photomosaic 1 \xa9cmt" + bytes(99)
    )
    with pytest.raises(InputError, match=r"holiday\.mp4: lies among the photos"):
        check_output(album / "holiday.mp4", target, listed(album))


def test_what_is_made_here_and_what_lies_elsewhere_may_be_replaced(album, target, tmp_path):
    write_picture(GREY, album / ".mosaic.png")
    write_picture(GREY, album / "sub" / "mosaic.webp")
    (album / "used.csv").write_text("photo,uses,cells\na.jpg,1,\n")
    (album / "report.json").write_text('{\n  "mosaic": {\n    "path": "a"}}')
    shutil.copy(album / "a.jpg", tmp_path / "elsewhere" / "g.jpg")
    write_with_ffmpeg([GREY] * 3, album / "clip.mp4", Fraction(5), 0)
    for name in (
        ".mosaic.png",
        "clip.mp4",
        "sub/mosaic.webp",
        "used.csv",
        "report.json",
        "new.jpg",
    ):
        check_output(album / name, target, listed(album))
    check_output(tmp_path / "elsewhere" / "g.jpg", target, listed(album))


def test_a_path_that_nobody_named_is_taken_only_if_it_is_ours_or_free(tmp_path):
    path = tmp_path / "table.md"
    refuse_others_file(path, "--savedir")
    path.write_text("# my table\n")
    with pytest.raises(InputError, match=r"table\.md: exists already.*name another --savedir$"):
        refuse_others_file(path, "--savedir")
    path.unlink()
    path.symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.gif")
    for odd in (path, tmp_path / "pipe.gif", tmp_path):
        with pytest.raises(InputError, match="exists already"):
            refuse_others_file(odd, "--savedir")


@pytest.mark.parametrize(
    ("content", "own"),
    [
        (b"", False),
        (b"%PDF-1.4\n/Creator (photomosaic)\n", True),
        (b"%PDF-1.4\n/Title (On photomosaic pictures)\n", False),
        (b"photomosaic", False),
        (b"| what | median | least to most |\n|---", True),
        (b"photo,uses\n", False),
    ],
)
def test_other_files_are_known_by_how_they_begin(tmp_path, content, own):
    (tmp_path / "file").write_bytes(content)
    assert is_made_here(tmp_path / "file") is own


def test_a_photo_whose_comment_speaks_of_photomosaics_is_somebodys_own(tmp_path):
    for number, comment in enumerate([b"photomosaic of my cat", b"photomosaic 1.0"]):
        path = tmp_path / f"{number}.jpg"
        Image.new("RGB", (30, 20), "teal").save(path, comment=comment)
        assert not is_made_here(path)
