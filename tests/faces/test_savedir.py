from __future__ import annotations

import shutil

import pytest
from made_faces import astronaut, face_of, photo_of, save

from photomosaic.errors import InputError
from photomosaic.faces.montage_list import LIST_NAME, MATCH, REJECTED, Row, read_list, write_list
from photomosaic.faces.savedir import (
    REJECTED_FOLDER,
    REVIEW_FOLDER,
    new_content,
    read_savedir,
    write_new_list,
)

SHA = ["sha256:" + f"{i:02x}" * 32 for i in range(5)]


@pytest.fixture
def montage(tmp_path):
    """Return a montage's folder with three frames, a, b and c."""
    folder = tmp_path / "montage"
    fill(read_savedir(folder), "a.jpg", "b.jpg", "c.jpg")
    return folder


def fill(savedir, *names, content=""):
    with new_content(savedir) as new:
        for name in names:
            (new / name).write_text(name + content)
        (new / REVIEW_FOLDER / "matches.jpg").write_bytes(b"sheet")
        rows = [
            Row(name, box="40x40+10+10", status=MATCH, photo_sha256=SHA[i])
            for i, name in enumerate(names)
        ]
        write_new_list(new, rows)
    # So that the next run takes it for its own.
    save(astronaut(), savedir.path / REVIEW_FOLDER / "matches.jpg")
    (savedir.path / REVIEW_FOLDER / "matches.jpg").unlink()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def decided(folder):
    savedir = read_savedir(folder)
    return {SHA.index(row.photo_sha256): (row.decision, row.reason) for row in savedir.rows}


def test_nothing_else_lies_in_the_folder(montage):
    assert names(montage) == ["a.jpg", "b.jpg", "c.jpg", LIST_NAME, REVIEW_FOLDER]
    assert set(decided(montage).values()) == {("", "")}


def test_a_deleted_frame_is_rejected(montage):
    (montage / "b.jpg").unlink()
    assert decided(montage)[1] == (REJECTED, "frame was deleted")
    assert decided(montage)[0] == ("", "")


def test_a_frame_moved_to_rejected_is_rejected(montage):
    (montage / REJECTED_FOLDER).mkdir()
    (montage / "b.jpg").rename(montage / REJECTED_FOLDER / "any name.jpg")
    assert decided(montage)[1] == (REJECTED, "moved to rejected")


def test_a_frame_rejected_in_the_list_is_rejected(montage):
    text = (montage / LIST_NAME).read_text("utf-8-sig")
    lines = [
        line.replace(MATCH, "rejected") if "b.jpg" in line else line for line in text.split("\n")
    ]
    (montage / LIST_NAME).write_text("\n".join(lines))
    assert decided(montage)[1] == (REJECTED, "rejected in the list")


def test_a_frame_put_back_is_not_rejected_any_more(montage):
    hash_of_b = read_list(montage)[1].frame_sha256
    rows = read_list(montage)
    rejected = Row(box="40x40+10+10", status=REJECTED, photo_sha256=SHA[1], frame_sha256=hash_of_b)
    write_list(montage, [rows[0], rows[2], rejected])
    (montage / "b.jpg").rename(montage.parent / "aside.jpg")
    assert decided(montage)[1][0] == REJECTED
    (montage.parent / "aside.jpg").rename(montage / "back again.jpg")
    savedir = read_savedir(montage)
    assert [row.decision for row in savedir.rows] == ["", "", ""]
    # It is this toolkit's own, so the next run clears it.
    fill(savedir, "new.jpg")
    assert "back again.jpg" not in names(montage)


def test_all_frames_gone_is_a_fresh_start(montage, caplog):
    for name in "abc":
        (montage / f"{name}.jpg").unlink()
    with caplog.at_level("INFO"):
        assert decided(montage) == {}
    assert "fresh start" in caplog.text


def test_a_fresh_start_keeps_what_lies_in_rejected(montage):
    (montage / REJECTED_FOLDER).mkdir()
    (montage / "b.jpg").rename(montage / REJECTED_FOLDER / "b.jpg")
    for name in "ac":
        (montage / f"{name}.jpg").unlink()
    assert decided(montage) == {1: (REJECTED, "moved to rejected")}


def test_decisions_find_the_face_again(montage):
    (montage / "b.jpg").unlink()
    decisions = read_savedir(montage).decisions
    assert list(decisions.by_photo) == [bytes([1]) * 32]
    photo = photo_of("x.jpg")
    decisions.by_photo[photo.hash] = decisions.by_photo.pop(bytes([1]) * 32)
    zeros = [0.0] * 128
    import numpy as np

    near = face_of(np.array(zeros, np.float32), size=44, top=8, left=9)
    far = face_of(np.array(zeros, np.float32), size=44, top=8, left=90)
    assert decisions.of(photo, near) == (REJECTED, "frame was deleted")
    assert decisions.of(photo, far) == ("", "")


def test_a_new_content_clears_only_what_the_last_run_wrote(montage):
    (montage / "mine.jpg").write_text("mine")
    (montage / "b.jpg").write_text("retouched")
    (montage / "notes.txt").write_text("notes")
    savedir = read_savedir(montage)
    assert savedir.changed == ["b.jpg"]
    assert savedir.free_name("B.jpg") == "B (2).jpg"
    assert savedir.free_name("mine.jpg") == "mine (2).jpg"
    assert savedir.free_name("a.jpg") == "a.jpg"
    fill(savedir, "a.jpg", "d.jpg", content="!")
    assert names(montage) == [
        "a.jpg", "b.jpg", "d.jpg", "mine.jpg", LIST_NAME, "notes.txt", REVIEW_FOLDER,
    ]  # fmt: skip
    assert (montage / "a.jpg").read_text() == "a.jpg!"
    assert (montage / "b.jpg").read_text() == "retouched"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_goes_wrong_leaves_the_last_content(montage, error):
    before = {path.name: path.read_bytes() for path in montage.iterdir() if path.is_file()}

    def stopped():
        with new_content(read_savedir(montage)) as new:
            (new / "d.jpg").write_text("d")
            raise error

    with pytest.raises(error):
        stopped()
    after = {path.name: path.read_bytes() for path in montage.iterdir() if path.is_file()}
    assert after == before
    assert names(montage) == sorted([*before, REVIEW_FOLDER])


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_what_was_cut_off_when_it_was_whole_is_gone_on_with(montage, monkeypatch, moved):
    from pathlib import Path

    real, left = Path.replace, [moved]

    def replace_some(path, target):
        if path.parent.name == ".photomosaic-finished" and path.suffix == ".jpg":
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace_some)
        with pytest.raises(KeyboardInterrupt):
            fill(read_savedir(montage), "a.jpg", "d.jpg", "e.jpg")
    assert set(decided(montage).values()) == {("", "")}
    assert names(montage) == ["a.jpg", "d.jpg", "e.jpg", LIST_NAME, REVIEW_FOLDER]


def test_what_was_cut_off_half_done_is_cleared(montage):
    (montage / ".photomosaic-unfinished").mkdir()
    (montage / ".photomosaic-unfinished" / "d.jpg").write_text("d")
    fill(read_savedir(montage), "a.jpg")
    assert names(montage) == ["a.jpg", LIST_NAME, REVIEW_FOLDER]


def test_somebodys_own_sheet_is_not_written_over(montage):
    save(astronaut(), montage / REVIEW_FOLDER / "matches.jpg")
    with pytest.raises(InputError, match="is no sheet of this toolkit"):
        read_savedir(montage)


def test_somebodys_own_list_is_not_written_over(tmp_path):
    (tmp_path / LIST_NAME).write_text("Date,Amount\n2019-01-02,7\n")
    with pytest.raises(InputError, match="is no list of a montage"):
        read_savedir(tmp_path)


def test_a_file_in_the_place_of_a_folder(tmp_path, montage):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"/file: is a file, not a folder; name a folder$"):
        read_savedir(tmp_path / "file")
    with pytest.raises(InputError, match=r"/file/in: cannot .* /.*/file is a file, not a folder$"):
        read_savedir(tmp_path / "file" / "in")
    shutil.rmtree(montage / REVIEW_FOLDER)
    (montage / REVIEW_FOLDER).write_text("")
    with pytest.raises(InputError, match="in the way of a folder"):
        read_savedir(montage)


def test_a_list_that_names_somebodys_own_file_does_not_clear_it(tmp_path):
    (tmp_path / "mine.jpg").write_text("mine")
    (tmp_path / LIST_NAME).write_text("frame,status,frame_sha256\nmine.jpg,match,sha256:00\n")
    savedir = read_savedir(tmp_path)
    assert savedir.changed == ["mine.jpg"]
    with new_content(savedir) as new:
        write_new_list(new, [])
    assert (tmp_path / "mine.jpg").read_text() == "mine"
