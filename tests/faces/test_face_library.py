from __future__ import annotations

import os
import signal
import sqlite3
import stat
from pathlib import Path

import numpy as np
import pytest
from made_faces import astronaut, drawn_person, save, variant
from PIL import Image

from photomosaic.errors import WorkerError
from photomosaic.faces import face_index, face_library
from photomosaic.faces.face import to_bytes
from photomosaic.faces.face_library import FaceLibrary
from photomosaic.images.listing import list_photos
from photomosaic.library import orphans
from photomosaic.library.database import FILE_NAME
from photomosaic.library.photo_library import PhotoLibrary
from photomosaic.progress import Work


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    save(astronaut(), folder / "a.png")
    save(drawn_person(0), folder / "b.png")
    save(np.full((90, 90, 3), 90, np.uint8), folder / "wall.png")
    return folder


@pytest.fixture
def caches(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def looked_at(monkeypatch):
    """Return the names of the files that were read, and of those among them looked at for faces."""
    names: dict[str, list[str]] = {"read": [], "searched": []}
    real = face_library.read_all

    def read_all(files, known, weights, *options, **named):
        for reading in real(files, known, weights, *options, **named):
            name = Path(reading.file.path).name
            names["read"].append(name)
            names["searched"] += [name] * (reading.found is not None)
            yield reading

    monkeypatch.setattr(face_library, "read_all", read_all)
    return names


def scan(folder, caches, workers=1):
    with FaceLibrary(caches, Work(workers)) as library:
        return library.scan(list_photos(folder))


def content(found):
    return [
        (photo.file.path, photo.hash, photo.found.height, photo.found.dates, to_bytes(photo.faces))
        for photo in found.photos
    ]


def test_the_second_scan_looks_at_nothing(photos, caches, looked_at):
    first = scan(photos, caches)
    assert (len(first.photos), first.faces, first.read) == (3, 2, 3)
    assert looked_at["searched"] == ["a.png", "b.png", "wall.png"]
    second = scan(photos, caches)
    assert content(second) == content(first)
    assert second.read == 0
    assert len(looked_at["read"]) == 3


def test_a_file_that_was_touched_moved_or_copied_is_read_but_not_searched(
    photos, caches, looked_at
):
    scan(photos, caches)
    os.utime(photos / "a.png", (1, 1))
    (photos / "b.png").rename(photos / "c.png")
    (photos / "wall copy.png").write_bytes((photos / "wall.png").read_bytes())
    looked_at["read"].clear()
    looked_at["searched"].clear()
    found = scan(photos, caches)
    assert looked_at == {"read": ["a.png", "c.png", "wall copy.png"], "searched": []}
    assert (len(found.photos), found.duplicates) == (3, 1)


def test_one_changed_pixel_is_searched_again_and_that_alone(photos, caches, looked_at):
    scan(photos, caches)
    pixels = astronaut()
    pixels[0, 0] ^= 1
    save(pixels, photos / "a.png")
    looked_at["searched"].clear()
    scan(photos, caches)
    assert looked_at["searched"] == ["a.png"]


def test_another_method_searches_all_again_and_tells(photos, caches, looked_at, monkeypatch):
    scan(photos, caches)
    monkeypatch.setattr(face_index, "method", lambda _smallest: "a later one")
    notices: list[object] = []
    with FaceLibrary(caches, Work(1, notify=notices.append)) as library:
        for _ in range(2):
            library.scan(list_photos(photos))
    assert looked_at["searched"] == ["a.png", "b.png", "wall.png"] * 2
    assert [notice.photos for notice in notices] == [3]
    assert notices[0].seconds > 0


def test_without_a_cache_nothing_is_written(photos, tmp_path):
    assert scan(photos, None).faces == 2
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_photos_that_cannot_be_read_are_told_and_remembered(photos, caches, looked_at):
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    (photos / "empty.jpg").write_bytes(b"")
    for _ in range(2):
        found = scan(photos, caches)
        assert [Path(path).name for path, _ in found.unreadable] == ["broken.jpg", "empty.jpg"]
        assert all(reason for _, reason in found.unreadable)
    assert len(looked_at["read"]) == 5


def test_a_photo_that_may_be_readable_later_is_tried_again(photos, caches, monkeypatch):
    from photomosaic.errors import PictureError
    from photomosaic.faces import reading

    def no_memory(*_, **__):
        raise PictureError("needs more memory than there is", lasting=False)

    with monkeypatch.context() as patch:
        patch.setattr(reading, "decode", no_memory)
        assert len(scan(photos, caches).unreadable) == 3
    assert scan(photos, caches).faces == 2


def test_two_processes_find_the_same_as_one(photos, caches, tmp_path):
    one = scan(photos, caches)
    two = scan(photos, tmp_path / "other", workers=2)
    assert content(two) == content(one)


def test_a_killed_process_is_told_and_what_was_done_is_kept(photos, caches, monkeypatch):
    from photomosaic.faces import reading

    monkeypatch.setattr(reading, "_reader", dying_reader)
    with pytest.raises(WorkerError, match="fewer workers"):
        scan(photos, caches, workers=2)
    monkeypatch.undo()
    assert scan(photos, caches).faces == 2


def dying_reader(*values):
    from photomosaic.faces.reading import _reader

    read = _reader(*values)

    def read_or_die(file):
        if file.path.endswith("b.png"):
            os.kill(os.getpid(), signal.SIGKILL)
        return read(file)

    return read_or_die


def test_ctrl_c_keeps_what_was_done(photos, caches, looked_at):
    def stopping(items, **_):
        for i, item in enumerate(items):
            if i == 2:
                raise KeyboardInterrupt
            yield item

    with FaceLibrary(caches, Work(1, stopping)) as library, pytest.raises(KeyboardInterrupt):
        library.scan(list_photos(photos))
    looked_at["searched"].clear()
    scan(photos, caches)
    assert looked_at["searched"] == ["wall.png"]


def test_an_existing_photo_library_is_kept(photos, caches):
    with PhotoLibrary(caches) as library:
        assert library.index(list_photos(photos)).new == 3
    database = sqlite3.connect(caches / FILE_NAME)
    # As a version that knew nothing of faces left it.
    database.executescript("DROP TABLE face_photos; DROP TABLE face_files;")
    database.close()
    assert scan(photos, caches).faces == 2
    with PhotoLibrary(caches) as library:
        assert library.index(list_photos(photos)).cached == 3
    assert scan(photos, caches).read == 0


def test_the_cache_is_readable_by_its_owner_only(photos, caches):
    with PhotoLibrary(caches) as library:
        library.index(list_photos(photos))
    file = caches / FILE_NAME
    file.chmod(0o664)
    scan(photos, caches)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE face_photos SET faces = x'0102'",
        "UPDATE face_photos SET faces = zeroblob(length(faces))",
        "UPDATE face_photos SET dates = '[1]'",
        "UPDATE face_photos SET checksum = checksum + 1",
        "UPDATE face_photos SET height = 'tall'",
        "UPDATE face_files SET hash = 7",
        "UPDATE face_files SET size = size + 1",
        "UPDATE face_files SET hash = (SELECT max(hash) FROM face_photos)",
    ],
)
def test_a_damaged_cache_is_built_anew(photos, caches, damage, caplog):
    first = scan(photos, caches)
    database = sqlite3.connect(caches / FILE_NAME)
    database.execute(damage)
    database.commit()
    database.close()
    assert content(scan(photos, caches)) == content(first)
    assert "built anew" in caplog.text
    assert scan(photos, caches).read == 0


def test_a_cache_that_cannot_be_written_is_done_without(photos, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    assert scan(photos, tmp_path / "file").faces == 2
    assert "going on without it" in caplog.text


def test_photos_that_are_gone_are_forgotten_after_a_month(photos, caches, monkeypatch):
    scan(photos, caches)
    (photos / "a.png").unlink()
    scan(photos, caches)
    assert count(caches, "face_files") == 2
    assert count(caches, "face_photos") == 3
    monkeypatch.setattr(orphans, "ORPHAN_SECONDS", -1)
    (photos / "b.png").unlink()
    # A run that looks for no faces erases what is due as well.
    with PhotoLibrary(caches) as library:
        library.index(list_photos(photos))
    assert count(caches, "face_photos") == 2
    for _ in ("marked", "erased"):
        scan(photos, caches)
    assert count(caches, "face_photos") == 1


def count(caches, table):
    database = sqlite3.connect(caches / FILE_NAME)
    try:
        return len(database.execute(f"SELECT * FROM {table}").fetchall())  # noqa: S608
    finally:
        database.close()


@pytest.mark.parametrize("how", ["turned", "grey", "cmyk", "alpha", "heic", "palette", "sixteen"])
def test_a_face_is_found_however_it_is_stored(tmp_path, caches, finder, how):
    picture = Image.fromarray(variant(3))
    path = tmp_path / "photos" / "a.png"
    path.parent.mkdir()
    if how == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.rotate(90, expand=True).save(path.with_suffix(".jpg"), quality=95, exif=exif)
    elif how == "heic":
        import pillow_heif

        pillow_heif.from_pillow(picture).save(path.with_suffix(".heic"), quality=90)
    elif how == "sixteen":
        grey = np.asarray(picture.convert("L"), np.uint16) * 257
        Image.fromarray(grey).save(path)
    elif how == "alpha":
        picture.putalpha(Image.new("L", picture.size, 255))
        picture.putpixel((0, 0), (0, 0, 0, 0))
        picture.save(path)
    else:
        mode = {"grey": "L", "cmyk": "CMYK", "palette": "P"}[how]
        picture.convert(mode).save(path.with_suffix(".jpg" if how != "palette" else ".png"))
    (photo,) = scan(path.parent, caches).photos
    (face,) = photo.faces
    (plain,) = finder.find(np.ascontiguousarray(variant(3)[..., ::-1]))
    assert np.abs(face.eyes - plain.eyes).max() < 2
    assert np.linalg.norm(face.embedding - plain.embedding) < 0.35


def test_names_that_are_no_utf_8(tmp_path, caches):
    folder = tmp_path / "photos"
    save(astronaut(), folder / "a.png")
    (folder / "a.png").rename(os.fsdecode(os.fsencode(folder) + b"/caf\xe9 %d.png"))
    assert scan(folder, caches).faces == 1
    assert scan(folder, caches).read == 0
