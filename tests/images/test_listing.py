from __future__ import annotations

import errno
import os
import socket
import unicodedata
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from made_pictures import FORMATS, MP4, encoded, quarters

from photomosaic.errors import InputError, PictureError
from photomosaic.files.page_list import LIST_NAME, write_page_list
from photomosaic.images import listing as listing_module
from photomosaic.images.content import file_content
from photomosaic.images.decode import decode
from photomosaic.images.listing import PhotoFile, list_photos, no_photo_in
from photomosaic.images.passed_over import (
    EMPTY_LIBRARY,
    IN_CLOUD,
    JPEG_XL,
    LIBRARY_PHOTO,
    PHOTOSHOP,
    RAW,
    SF_DATALESS,
    VIDEO,
    passed_over_text,
)

PNG = encoded(quarters(), "PNG")


def put(folder, *names, content=PNG):
    """Write files of the same content; a name may hold folders, and may be bytes."""
    for name in names:
        path = Path(folder, os.fsdecode(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def names(listing, of="photos"):
    found = [photo.path for photo in listing.photos]
    if of != "photos":
        found = listing.passed_over.get(of, [])
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
        assert names(listing, RAW) == [f"{name}.nef" for name in expected]


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
        (["img_1.PNG", "TRIP/Receipts"], ["IMG_2.png", "x.png"]),
        (["x", "rip", ""], None),
    ],
)
def test_exclude(tmp_path, patterns, left):
    all_names = ["IMG_1.png", "IMG_2.png", "trip/IMG_1.png", "trip/receipts/r.png", "x.png"]
    put(tmp_path, *all_names)
    assert listed(tmp_path, exclude=patterns) == (all_names if left is None else left)


COMPOSED = ["M\xfcller", "a\xf1o", "Ti\u1ebfng Vi\u1ec7t", "\u304c", "\ud55c\uad6d", "\u0439"]


@pytest.mark.parametrize("name", COMPOSED)
@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC")])
def test_exclude_takes_both_forms_of_unicode_for_one_name(tmp_path, name, forms):
    typed, stored = (unicodedata.normalize(form, name) for form in forms)
    assert typed != stored
    put(tmp_path, f"{stored}.png", f"sub/{stored}/a.png", "kept.png")
    listing = list_photos(tmp_path, exclude=[f"{typed}.*", f"SUB/{typed.upper()}"])
    assert (names(listing), listing.unmet) == (["kept.png"], {})


def test_exclude_takes_brackets_as_a_pattern_or_as_they_are(tmp_path):
    put(tmp_path, "[2019] trip/a.png", "2/b.png", "c.png")
    assert listed(tmp_path, exclude=["[2019] trip"]) == ["2/b.png", "c.png"]
    assert listed(tmp_path, exclude=["[12]"]) == ["[2019] trip/a.png", "c.png"]


def test_patterns_that_match_nothing_are_kept_with_the_nearest_name(tmp_path):
    put(tmp_path, "trip/receipts/a.png", "Zo\xeb.png", ".hidden.png", "b.png")
    patterns = ["receits", "zoe.png*", "trip/receits", "no such name*", ".hid*", "*.png", "b.png"]
    assert list_photos(tmp_path, exclude=patterns).unmet == {
        "receits": "receipts",
        "zoe.png*": "Zo\xeb.png",
        "trip/receits": "trip/receipts",
        "no such name*": None,
    }


def test_exclude_knows_the_folder_only_below_the_one_given(tmp_path):
    put(tmp_path, "trip/a.png")
    assert listed(tmp_path / "trip", exclude=["trip*", "*/trip/*"]) == ["a.png"]


@pytest.mark.parametrize(
    ("files", "patterns", "told"),
    [
        ([], ["*"], "there is no photo in it; name a folder of photos"),
        (["notes.txt"], ["x*"], "there is no photo in it; name a folder of photos"),
        (["a.png"], ["*"], "there is no photo in it besides what is excluded"),
        (
            ["trip/a.png", "b.txt"],
            ["trip"],
            "there is no photo in it besides what is excluded",
        ),
        (
            ["a.nef", "b.png"],
            ["b*"],
            "there is no photo in it, but 1 camera RAW file (a.nef), export as JPEG",
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
    assert (names(listing), names(listing, RAW)) == (["c.png"], ["b.nef"])


@pytest.mark.parametrize(
    "name",
    [
        *(
            "list.txt",
            "IMG_1.aae",
            "IMG_1.json",
            "IMG_1.jpg.json",
            "IMG_1.xmp",
            "IMG_1.XMP",
            "Thumbs.db",
        ),
        *(".hidden.png", "._photo.png", ".DS_Store", ".hidden/a.png", "a/.thumbnails/b.png"),
        *("@eaDir/a.png", "a/@eaDir/b/c.png", "__MACOSX/a.png", "#recycle/a.png"),
        *("$RECYCLE.BIN/a.png", "lost+found/a.png", "System Volume Information/a.png"),
        *("@Recycle/a.png", "@Recently-Snapshot/b/a.png", "#snapshot/a.png", "RECYCLER/S-1/a.png"),
        *("sub/FOUND.000/a.png", "found.123/a.png", "Recycled/a.png", "LOST.DIR/a.png"),
        *("~snapshot/a.png", "@sharesnap/a.png", "trashbox/a.png", ".Trash-1000/files/a.png"),
        *(".Trashes/501/a.png", ".@__thumb/a.png", ".snapshot/a.png", "Backups.backupdb/a.png"),
    ],
)
def test_passed_over_by_name(tmp_path, name):
    put(tmp_path, "kept.png", name)
    listing = list_photos(tmp_path)
    assert names(listing) == ["kept.png"]
    assert (listing.passed_over, listing.unreadable_folders) == ({}, [])


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
    assert (listing.passed_over, listing.unreadable_folders) == ({}, [])


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
    assert names(listing, RAW) == raw


def test_a_link_to_nowhere_is_no_raw_file(tmp_path):
    (tmp_path / "a.nef").symlink_to("missing.nef")
    assert list_photos(tmp_path).passed_over == {}


@pytest.mark.parametrize("name", ["found", "FOUND.1000", "snapshot", "Recycle", "trash"])
def test_folders_that_people_name_so_are_read(tmp_path, name):
    put(tmp_path, f"{name}/a.png")
    assert listed(tmp_path) == [f"{name}/a.png"]


def test_what_is_not_read_for_its_kind_is_counted_by_name_and_by_content(tmp_path):
    put(tmp_path, "a.png", "b.PSD", "c.psb", "d.jxl", "e.cr2", "f.MOV", "g.mts", "h.xcf")
    put(tmp_path, "i", content=b"8BPS\0\1")
    put(tmp_path, "j.dat", content=b"\xff\x0a\xfa\x7f")
    put(tmp_path, "k", content=b"\0\0\0\x0cJXL \r\n\x87\n")
    put(tmp_path, "l", content=MP4)
    listing = list_photos(tmp_path)
    assert names(listing) == ["a.png"]
    assert names(listing, PHOTOSHOP) == ["b.PSD", "c.psb", "i"]
    assert names(listing, JPEG_XL) == ["d.jxl", "j.dat", "k"]
    assert names(listing, VIDEO) == ["f.MOV", "g.mts", "l"]
    assert passed_over_text(listing.passed_over) == (
        "1 camera RAW file (e.cr2), 3 JPEG XL pictures (d.jxl ...), 3 Photoshop files (b.PSD ...),"
        " 1 picture of another format (h.xcf), export as JPEG;"
        " 3 videos (f.MOV ...), use them as clips, or save frames as JPEG"
    )


@pytest.mark.parametrize("content", [b"\xff\x0a1234", b"8BPS\0\1"])
def test_a_picture_of_such_a_kind_under_another_name_is_named_for_what_it_is(content):
    with pytest.raises(PictureError, match="is not supported; export as JPEG"):
        decode(content)


class Placeholder:
    """A directory entry whose content is in the cloud, as macOS or Windows marks it."""

    def __init__(self, entry, mark):
        self.name, self.path, self.is_dir = entry.name, entry.path, entry.is_dir
        self._status, self._mark = entry.stat(), mark

    def stat(self):
        fields = ("st_mode", "st_size", "st_mtime_ns", "st_dev", "st_ino", "st_ctime_ns")
        known = {name: getattr(self._status, name) for name in fields}
        return SimpleNamespace(**known, **self._mark)


@pytest.mark.parametrize(
    "mark", [{"st_flags": SF_DATALESS | 0x40}, {"st_file_attributes": 0x400020}]
)
def test_photos_that_are_only_in_the_cloud_are_counted_and_never_opened(
    tmp_path, monkeypatch, mark
):
    put(tmp_path, "a.heic", "sub/b.jpg", "unknown", "clip.mov", ".c.HEIC.icloud", ".d.txt.icloud")
    scandir = os.scandir

    @contextmanager
    def in_the_cloud(path):
        with scandir(path) as entries:
            yield [Placeholder(entry, mark) for entry in entries]

    monkeypatch.setattr(os, "scandir", in_the_cloud)
    monkeypatch.setattr(listing_module, "_kind_of_file", lambda path: pytest.fail(f"opened {path}"))
    listing = list_photos(tmp_path)
    assert (names(listing), names(listing, VIDEO)) == ([], ["clip.mov"])
    assert names(listing, IN_CLOUD) == [".c.HEIC.icloud", "a.heic", "sub/b.jpg"]
    text = "3 photos that are only in the cloud (.c.HEIC.icloud ...), download first"
    assert text in no_photo_in(listing)


def test_a_library_whose_originals_are_in_icloud_tells_how_many(tmp_path):
    library = tmp_path / "Family.photoslibrary"
    put(library, "originals/A/AB-1.heic", "originals/A/AB-2_3.mov", "database/Photos.sqlite")
    put(library, *(f"resources/derivatives/A/{name}_1_105_c.jpeg" for name in ("AB-1", "ab-2")))
    put(library, *(f"resources/derivatives/masters/{n}_4_5005_c.jpeg" for n in ("AB-2", "AB-3")))
    for folder in (tmp_path, library):
        listing = list_photos(folder)
        assert len(listing.photos) == 1
        (noun, paths), *others = listing.passed_over.items()
        assert (noun, [Path(path).name[:4] for path in paths]) == (LIBRARY_PHOTO, ["AB-2", "AB-3"])
        assert [noun for noun, _ in others] == [VIDEO]


def test_a_library_without_any_originals_is_named(tmp_path):
    put(tmp_path, "New.photoslibrary/database/Photos.sqlite", "a.png")
    listing = list_photos(tmp_path)
    assert names(listing, EMPTY_LIBRARY) == ["New.photoslibrary"]
    assert "1 Photos library without originals (New.photoslibrary), in Photos" in (
        passed_over_text(listing.passed_over)
    )


@pytest.mark.parametrize("library", ["Family.photoslibrary", "Old.PhotosLibrary"])
def test_a_library_of_macos_gives_its_originals(tmp_path, library):
    put(tmp_path / library, "originals/A/a.heic", "originals/B/b.jpg")
    put(tmp_path / library, "resources/derivatives/A/a_1_105_c.jpeg", "database/x.png")
    put(tmp_path / library, "private/originals/c.png")
    inside = ["originals/A/a.heic", "originals/B/b.jpg"]
    assert listed(tmp_path) == [f"{library}/{name}" for name in inside]
    assert listed(tmp_path / library) == inside
    assert listed(tmp_path / library / "resources") == ["derivatives/A/a_1_105_c.jpeg"]


@pytest.mark.parametrize(
    "library",
    [
        *("Old.photoslibrary", "iPhoto.photolibrary", "Aperture.aplibrary", "iPhoto Library"),
        *("Old.migratedphotolibrary", "Old.migratedaperturelibrary"),
    ],
)
def test_a_library_of_iphoto_or_aperture_gives_its_masters(tmp_path, library):
    put(tmp_path / library, "Masters/2014/a.jpg", "Thumbnails/a.jpg", "Previews/2014/a.jpg")
    listing = list_photos(tmp_path)
    assert (names(listing), listing.passed_over) == ([f"{library}/Masters/2014/a.jpg"], {})


def test_folders_named_originals_elsewhere_are_nothing_special(tmp_path):
    put(tmp_path, "originals/a.png", "edited/a.png")
    assert listed(tmp_path) == ["edited/a.png", "originals/a.png"]


def test_an_empty_folder_lists_nothing(tmp_path):
    listing = list_photos(tmp_path)
    assert (listing.photos, listing.passed_over, listing.unreadable_folders) == ([], {}, [])


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


def test_a_file_too_large_for_memory_is_not_read():
    photo = PhotoFile("/gone/huge.jpg", 2**31 + 1, 0, 0, 0, 0)
    with pytest.raises(PictureError, match="larger than 1 GB"):
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


def test_a_folder_whose_files_may_be_listed_only_is_told_of(tmp_path, make_photo, monkeypatch):
    make_photo(tmp_path / "open" / "a.png")
    make_photo(tmp_path / "closed" / "b.png")
    real = os.scandir

    class Closed:
        """An entry of a folder without the right to search it."""

        def __init__(self, entry):
            self.name, self.path, self.is_dir = entry.name, entry.path, entry.is_dir

        def stat(self):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    @contextmanager
    def scan(folder):
        with real(folder) as entries:
            closed = os.fspath(folder).endswith("closed")
            yield [Closed(entry) if closed else entry for entry in entries]

    monkeypatch.setattr("photomosaic.images.listing.os.scandir", scan)
    listing = list_photos(tmp_path)
    assert [Path(photo.path).name for photo in listing.photos] == ["a.png"]
    assert listing.unreadable_folders == [os.fspath(tmp_path / "closed")]
