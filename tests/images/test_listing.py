from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from made_pictures import FORMATS, MP4, encoded, quarters

from photomosaic.errors import InputError, PictureError
from photomosaic.files.page_list import LIST_NAME, write_page_list
from photomosaic.images.listing import (
    PhotoFile,
    file_content,
    list_photos,
    no_photo_in,
    printable,
)

PNG = encoded(quarters(), "PNG")


def put(folder, *names, content=PNG):
    """Write files of the same content; a name may hold folders, and may be bytes."""
    for name in names:
        path = Path(folder, os.fsdecode(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def names(listing, of="photos"):
    found = listing.raw_files if of == "raw" else [photo.path for photo in listing.photos]
    return [os.path.relpath(path, listing.folder) for path in found]


def listed(folder, **options):
    return names(list_photos(Path(folder), **options))


@pytest.mark.parametrize(
    "suffix",
    "jpg jpeg jpe png webp avif heic heif tif tiff bmp gif jp2 JPG Jpeg PNG HEIC TiFF JP2".split(),
)
def test_photo_by_suffix(tmp_path, suffix):
    put(tmp_path, f"photo.{suffix}", content=b"opened only when it is decoded")
    assert listed(tmp_path) == [f"photo.{suffix}"]


@pytest.mark.parametrize("name", ["photo", "photo.jpg_original", "IMG_1(1)", "a.b.c"])
@pytest.mark.parametrize("kind", FORMATS)
def test_photo_by_content(tmp_path, name, kind):
    put(tmp_path, name, content=encoded(quarters((8, 8)), kind))
    assert listed(tmp_path) == [name]


@pytest.mark.parametrize(
    "name",
    [
        "two words.png",
        " leading and trailing .png",
        "'single' \"double\".png",
        "line\nbreak.png",
        "-rf.png",
        "--target.png",
        "100%d %s.png",
        "*[a]?.png",
        "naïve 写真 🐟.png",
        "$HOME `id`.png",
        "back\\slash.png",
        b"latin-\xe9\xff.png",
    ],
)
@pytest.mark.parametrize("place", ["", "sub/"])
def test_any_name_works(tmp_path, name, place):
    name = os.path.join(place, os.fsdecode(name))  # noqa: PTH118
    put(tmp_path, name)
    (photo,) = list_photos(tmp_path).photos
    assert os.fsencode(photo.path) == os.fsencode(tmp_path) + b"/" + os.fsencode(name)
    assert Path(photo.path).read_bytes() == PNG


def test_folders_of_any_name_work(tmp_path):
    folder = tmp_path / os.fsdecode(b"-a\n%s \xff'")
    put(folder, "x.png")
    assert listed(folder) == ["x.png"]


def test_what_a_photo_file_holds(tmp_path):
    put(tmp_path, "a.png")
    os.utime(tmp_path / "a.png", ns=(1, 1_234_567_890_123_456_789))
    (photo,) = list_photos(tmp_path).photos
    status = (tmp_path / "a.png").stat()
    assert photo.path == str(tmp_path / "a.png")
    assert (photo.size, photo.mtime_ns) == (len(PNG), 1_234_567_890_123_456_789)
    assert (photo.device, photo.inode) == (status.st_dev, status.st_ino)


def test_order_is_that_of_the_bytes_of_the_paths(tmp_path):
    expected = ["B.png", "a b.png", "a-1.png", "a.png", "a/c.png", "a0.png", "b.png", "z/a.png"]
    expected += ["\u00e9.png", "\u5199.png", "\U0001f41f.png", os.fsdecode(b"\xff.png")]
    put(tmp_path, *reversed(expected))
    assert listed(tmp_path) == expected


def test_order_does_not_depend_on_the_file_system(tmp_path, monkeypatch):
    put(tmp_path, *(f"{a}/{b}.{c}" for a in "abc" for b in "xyz" for c in ("png", "nef")))
    expected = [f"{a}/{b}" for a in "abc" for b in "xyz"]
    scandir = os.scandir

    class Backwards:
        def __init__(self, path):
            with scandir(path) as entries:
                self.entries = list(entries)[::-1]

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *error):
            pass

    for how in (scandir, Backwards):
        monkeypatch.setattr(os, "scandir", how)
        listing = list_photos(tmp_path)
        assert names(listing) == [f"{name}.png" for name in expected]
        assert names(listing, "raw") == [f"{name}.nef" for name in expected]


def test_recursive_can_be_switched_off(tmp_path):
    put(tmp_path, "a.png", "sub/b.png", "sub/sub/c.png")
    assert listed(tmp_path) == ["a.png", "sub/b.png", "sub/sub/c.png"]
    assert listed(tmp_path, recursive=False) == ["a.png"]


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ([], ["IMG_1.png", "IMG_2.png", "trip/IMG_1.png", "trip/receipts/r.png", "x.png"]),
        (["IMG_1*"], ["IMG_2.png", "trip/receipts/r.png", "x.png"]),
        (["receipts"], ["IMG_1.png", "IMG_2.png", "trip/IMG_1.png", "x.png"]),
        (["receipts/"], ["IMG_1.png", "IMG_2.png", "trip/IMG_1.png", "x.png"]),
        (["trip"], ["IMG_1.png", "IMG_2.png", "x.png"]),
        (["trip/IMG_?.png"], ["IMG_1.png", "IMG_2.png", "trip/receipts/r.png", "x.png"]),
        (["trip/*"], ["IMG_1.png", "IMG_2.png", "x.png"]),
        (["[Ix]*", "trip"], []),
        (["x.png", "trip"], ["IMG_1.png", "IMG_2.png"]),
        (["x", "img_1.png", "rip", ""], None),
    ],
)
def test_exclude(tmp_path, patterns, left):
    all_names = ["IMG_1.png", "IMG_2.png", "trip/IMG_1.png", "trip/receipts/r.png", "x.png"]
    put(tmp_path, *all_names)
    assert listed(tmp_path, exclude=patterns) == (all_names if left is None else left)


def test_exclude_knows_the_folder_only_below_the_one_given(tmp_path):
    put(tmp_path, "trip/a.png")
    assert listed(tmp_path / "trip", exclude=["trip*", "*/trip/*"]) == ["a.png"]


@pytest.mark.parametrize(
    ("files", "patterns", "told"),
    [
        ([], ["*"], "there is no photo in it; name a folder of photos"),
        (["notes.txt"], ["x*"], "there is no photo in it; name a folder of photos"),
        (["a.png"], ["*"], "there is no photo in it but what --exclude leaves out"),
        (
            ["trip/a.png", "b.txt"],
            ["trip"],
            "there is no photo in it but what --exclude leaves out",
        ),
        (
            ["a.nef", "b.png"],
            ["b*"],
            "holds camera RAW files only, which are not supported; export them as JPEG",
        ),
    ],
)
def test_why_there_is_no_photo(tmp_path, files, patterns, told):
    put(tmp_path, *files)
    listing = list_photos(tmp_path, exclude=patterns)
    assert not listing.photos
    assert no_photo_in(listing) == f"{tmp_path}: {told}"


def test_exclude_leaves_out_raw_files_too(tmp_path):
    put(tmp_path, "a.nef", "b.nef", "c.png")
    listing = list_photos(tmp_path, exclude=["a.*"])
    assert (names(listing), names(listing, "raw")) == (["c.png"], ["b.nef"])


@pytest.mark.parametrize(
    "name",
    [
        *("IMG_1.aae", "IMG_1.json", "IMG_1.jpg.json", "IMG_1.xmp", "IMG_1.XMP", "Thumbs.db"),
        *("clip.mov", "clip.MP4", "clip.avi", "clip.webm", "clip.3gp", "clip.m4v", "list.txt"),
        *(".hidden.png", "._photo.png", ".DS_Store", ".hidden/a.png", "a/.thumbnails/b.png"),
        *("@eaDir/a.png", "a/@eaDir/b/c.png", "__MACOSX/a.png", "#recycle/a.png"),
        *("$RECYCLE.BIN/a.png", "lost+found/a.png", "System Volume Information/a.png"),
    ],
)
def test_passed_over_by_name(tmp_path, name):
    put(tmp_path, "kept.png", name)
    listing = list_photos(tmp_path)
    assert names(listing) == ["kept.png"]
    assert (listing.raw_files, listing.unreadable_folders) == ([], [])


@pytest.mark.parametrize("content", [MP4, b"", b"some text", b"%PDF-1.4", bytes(1000)])
def test_unknown_name_with_no_photo_in_it_is_passed_over(tmp_path, content):
    put(tmp_path, "unknown", "unknown.dat", content=content)
    assert list_photos(tmp_path).photos == []


def test_a_hidden_folder_named_by_the_user_is_read(tmp_path):
    put(tmp_path, ".hidden/@eaDir/a.png")
    assert listed(tmp_path / ".hidden" / "@eaDir") == ["a.png"]


@pytest.mark.filterwarnings("error")
def test_what_is_no_regular_file_is_passed_over(tmp_path, monkeypatch):
    put(tmp_path, "kept.png")
    for name in ("pipe.jpg", "pipe"):
        os.mkfifo(tmp_path / name)
    # A socket's path may have about 100 characters only.
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jpg")
        assert Path("socket.jpg").is_socket()
        listing = list_photos(tmp_path)
    assert names(listing) == ["kept.png"]
    assert (listing.raw_files, listing.unreadable_folders) == ([], [])


def test_links_to_nowhere_and_to_themselves_are_passed_over(tmp_path):
    put(tmp_path, "kept.png")
    (tmp_path / "broken.png").symlink_to("missing.png")
    (tmp_path / "broken").symlink_to("missing")
    (tmp_path / "itself.png").symlink_to("itself.png")
    (tmp_path / "itself").symlink_to("itself")
    listing = list_photos(tmp_path)
    assert names(listing) == ["kept.png"]
    assert listing.unreadable_folders == []


def test_loops_of_folders_end(tmp_path):
    put(tmp_path, "a/photo.png", "b/photo.png")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "here").symlink_to(".")
    (tmp_path / "b" / "across").symlink_to("../a")
    assert listed(tmp_path) == ["a/photo.png", "b/photo.png"]


def test_links_to_photos_and_folders_elsewhere_are_followed(tmp_path):
    put(tmp_path / "elsewhere", "deep/a.png", "b.png")
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "deep").symlink_to(tmp_path / "elsewhere" / "deep")
    (folder / "c.png").symlink_to(tmp_path / "elsewhere" / "b.png")
    assert listed(folder) == ["c.png", "deep/a.png"]


def test_the_folder_itself_may_be_a_link(tmp_path):
    put(tmp_path / "photos", "a.png")
    (tmp_path / "link").symlink_to("photos")
    listing = list_photos(tmp_path / "link")
    assert listing.folder == str(tmp_path / "link")
    assert names(listing) == ["a.png"]


def test_a_relative_folder_is_made_absolute(tmp_path, monkeypatch):
    put(tmp_path, "photos/a.png")
    monkeypatch.chdir(tmp_path)
    listing = list_photos(Path("photos"))
    assert listing.folder == str(tmp_path / "photos")
    assert [photo.path for photo in listing.photos] == [str(tmp_path / "photos" / "a.png")]


def test_raw_files_are_told_apart(tmp_path):
    raw = ["a.cr2", "b.NEF", "c.dng", "sub/d.ARW", "sub/e.raf", "sub/f.cr3", "sub/g.orf"]
    put(tmp_path, "photo.png", *raw)
    listing = list_photos(tmp_path)
    assert names(listing) == ["photo.png"]
    assert names(listing, "raw") == raw


def test_a_link_to_nowhere_is_no_raw_file(tmp_path):
    (tmp_path / "a.nef").symlink_to("missing.nef")
    assert list_photos(tmp_path).raw_files == []


@pytest.mark.parametrize("library", ["Family.photoslibrary", "Old.PhotosLibrary"])
def test_a_library_of_macos_gives_its_originals(tmp_path, library):
    put(tmp_path / library, "originals/A/a.heic", "originals/B/b.jpg")
    put(tmp_path / library, "resources/derivatives/A/a_1_105_c.jpeg", "database/x.png")
    put(tmp_path / library, "private/originals/c.png")
    inside = ["originals/A/a.heic", "originals/B/b.jpg"]
    assert listed(tmp_path) == [f"{library}/{name}" for name in inside]
    assert listed(tmp_path / library) == inside
    assert listed(tmp_path / library / "resources") == ["derivatives/A/a_1_105_c.jpeg"]


def test_a_library_of_iphoto_gives_its_masters(tmp_path):
    put(tmp_path, "Old.photoslibrary/Masters/2014/a.jpg", "Old.photoslibrary/Thumbnails/a.jpg")
    assert listed(tmp_path) == ["Old.photoslibrary/Masters/2014/a.jpg"]


def test_folders_named_originals_elsewhere_are_nothing_special(tmp_path):
    put(tmp_path, "originals/a.png", "edited/a.png")
    assert listed(tmp_path) == ["edited/a.png", "originals/a.png"]


def test_an_empty_folder_lists_nothing(tmp_path):
    listing = list_photos(tmp_path)
    assert (listing.photos, listing.raw_files, listing.unreadable_folders) == ([], [], [])


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=r"/no such\\nfolder: the folder does not exist$"):
        list_photos(tmp_path / "no such\nfolder")


def test_a_file_instead_of_a_folder_is_named(tmp_path):
    put(tmp_path, "a.png")
    with pytest.raises(InputError, match=r"/a\.png: is a file, not a folder$"):
        list_photos(tmp_path / "a.png")


def forbid(monkeypatch, folder):
    # Permissions do not stop root, whom tests in containers often run as.
    scandir = os.scandir

    def refusing(path):
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)


def test_a_folder_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    forbid(monkeypatch, tmp_path)
    with pytest.raises(InputError, match=rf"/{tmp_path.name}: the folder may not be read$"):
        list_photos(tmp_path)


def test_a_subfolder_that_may_not_be_read_is_reported(tmp_path, monkeypatch):
    put(tmp_path, "a.png", "closed/b.png", "open/c.png")
    forbid(monkeypatch, tmp_path / "closed")
    listing = list_photos(tmp_path)
    assert names(listing) == ["a.png", "open/c.png"]
    assert listing.unreadable_folders == [str(tmp_path / "closed")]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a b/100%.jpg", "a b/100%.jpg"),
        ("写真.jpg", "写真.jpg"),
        ("a\nb\tc\x1b[31m.jpg", r"a\nb\tc\x1b[31m.jpg"),
        (os.fsdecode(b"caf\xe9.jpg"), r"caf\xe9.jpg"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
    ],
)
def test_printable(path, shown):
    assert printable(path) == printable(Path(path)) == shown


def test_a_file_too_large_for_memory_is_not_read():
    photo = PhotoFile("/gone/huge.jpg", 2**31 + 1, 0, 0, 0)
    with pytest.raises(PictureError, match="larger than 2 GB"):
        file_content(photo)


def test_the_files_of_a_page_are_passed_over_and_others_beside_them_are_not(tmp_path, make_photo):
    for name in ("page/photos/1.jpg", "page/target.jpg", "page/photos/mine.jpg"):
        make_photo(tmp_path / name)
    (tmp_path / "page" / "photos" / "mine.jpg").rename(tmp_path / "mine.jpg")
    write_page_list(tmp_path / "page")
    (tmp_path / "mine.jpg").rename(tmp_path / "page" / "photos" / "mine.jpg")
    for folder in (tmp_path, tmp_path / "page"):
        photos = [Path(photo.path).name for photo in list_photos(folder).photos]
        assert photos == ["mine.jpg"]
    (tmp_path / "page" / LIST_NAME).write_text("no list")
    assert len(list_photos(tmp_path).photos) == 3
