from __future__ import annotations

import hashlib
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
from made_faces import astronaut, face_of, photo_of, save

from photomosaic.errors import InputError, OutputError
from photomosaic.faces.montage_folder import (
    REJECTED_FOLDER,
    exclusive_use,
    new_content,
    read_montage_folder,
    write_new_list,
)
from photomosaic.faces.montage_list import LIST_NAME, MATCH, REJECTED, Row, read_list, write_list
from photomosaic.faces.transaction import REVIEW_FOLDER
from photomosaic.images.encode import write_picture
from tests.killing import is_killed, killed_at_each_change

HEADER = "frame,status,photo_sha256,frame_sha256"
SHA = ["sha256:" + f"{i:02x}" * 32 for i in range(5)]


@pytest.fixture
def montage(tmp_path):
    """Return a montage's folder with three frames, a, b and c."""
    folder = tmp_path / "montage"
    fill(read_montage_folder(folder), "a.jpg", "b.jpg", "c.jpg")
    return folder


def fill(savedir, *names, content=""):
    with new_content(savedir) as new:
        for name in names:
            (new / name).write_text(name + content)
        write_picture(np.zeros((8, 8, 3), np.uint8), new / REVIEW_FOLDER / "matches.jpg")
        rows = [
            Row(name, box="40x40+10+10", status=MATCH, photo_sha256=SHA[i])
            for i, name in enumerate(names)
        ]
        write_new_list(new, rows)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def decided(folder):
    savedir = read_montage_folder(folder)
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
    savedir = read_montage_folder(montage)
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
    decisions = read_montage_folder(montage).decisions
    assert list(decisions.by_photo) == [bytes([1]) * 32]
    photo = photo_of("x.jpg")
    decisions.by_photo[photo.hash] = decisions.by_photo.pop(bytes([1]) * 32)
    zeros = [0.0] * 128
    near = face_of(np.array(zeros, np.float32), size=44, top=8, left=9)
    far = face_of(np.array(zeros, np.float32), size=44, top=8, left=90)
    assert decisions.of(photo, near) == (REJECTED, "frame was deleted")
    assert decisions.of(photo, far) == ("", "")


def test_a_new_content_clears_only_what_the_last_run_wrote(montage):
    (montage / "mine.jpg").write_text("mine")
    (montage / "b.jpg").write_text("retouched")
    (montage / "notes.txt").write_text("notes")
    savedir = read_montage_folder(montage)
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
        with new_content(read_montage_folder(montage)) as new:
            (new / "d.jpg").write_text("d")
            raise error

    with pytest.raises(error):
        stopped()
    after = {path.name: path.read_bytes() for path in montage.iterdir() if path.is_file()}
    assert after == before
    assert names(montage) == sorted([*before, REVIEW_FOLDER])


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_what_was_cut_off_when_it_was_whole_is_gone_on_with(montage, monkeypatch, moved):
    real, left = Path.replace, [moved]

    def replace_some(path, target):
        if path.parent.name == "content" and path.suffix == ".jpg":
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace_some)
        with pytest.raises(KeyboardInterrupt):
            fill(read_montage_folder(montage), "a.jpg", "d.jpg", "e.jpg")
    assert set(decided(montage).values()) == {("", "")}
    assert names(montage) == ["a.jpg", "d.jpg", "e.jpg", LIST_NAME, REVIEW_FOLDER]


def test_what_was_cut_off_half_done_is_cleared(montage):
    def half():
        with new_content(read_montage_folder(montage)) as new:
            (new / "d.jpg").write_text("d")
            os.kill(os.getpid(), signal.SIGKILL)

    assert is_killed(half, 99)
    assert len(names(montage)) == 6
    assert set(decided(montage).values()) == {("", "")}
    assert names(montage) == ["a.jpg", "b.jpg", "c.jpg", LIST_NAME, REVIEW_FOLDER]


def whole_state(folder):
    """Return the frames of a montage, all of which its list has, and nothing else is there."""
    listed = {row.frame: row.frame_sha256 for row in read_list(folder) if row.frame}
    assert names(folder) == sorted([*listed, LIST_NAME, REVIEW_FOLDER])
    assert names(folder / REVIEW_FOLDER) == ["matches.jpg"]
    for name, digest in listed.items():
        assert digest == f"sha256:{hashlib.sha256((folder / name).read_bytes()).hexdigest()}"
    return "".join((folder / name).read_text()[-1] for name in sorted(listed))


def test_a_run_that_is_killed_at_any_step_leaves_the_last_content_or_the_new(tmp_path):
    folder, first = tmp_path / "montage", tmp_path / "first"
    fill(read_montage_folder(first), "a.jpg", "b.jpg", "c.jpg", content="1")

    def prepare():
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(first, folder)

    def replace_it():
        # The first takes the name of another; the second is new; two go.
        fill(read_montage_folder(folder), "b.jpg", "d.jpg", content="2")

    seen = set()
    for number in killed_at_each_change(replace_it, prepare):
        # The next run may be killed, too.
        is_killed(lambda: read_montage_folder(folder), 1 + number % 7)
        age_what_has_no_mark(folder)
        assert set(decided(folder).values()) == {("", "")}, number
        seen.add(whole_state(folder))
    assert whole_state(folder) == "22"
    assert seen == {"111", "22"}


def age_what_has_no_mark(folder):
    for path in folder.glob(".photomosaic-*"):
        os.utime(path, (1e9, 1e9))


@pytest.fixture
def cut_off(montage):
    """Return a montage's folder whose run was killed when its new content was whole."""
    real, fork = Path.replace, os.getpid()

    def killing(path, target):
        if path.name == "d.jpg" and os.getpid() != fork:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", killing)
        assert is_killed(
            lambda: fill(read_montage_folder(montage), "a.jpg", "d.jpg", content="2"), 999
        )
    return montage


def test_a_file_that_came_in_the_way_of_a_frame_is_kept(cut_off):
    (cut_off / "d.jpg").write_text("mine")
    with pytest.raises(InputError, match=r"/d\.jpg: is in the way of a frame; move it away and"):
        read_montage_folder(cut_off)
    (cut_off / "d.jpg").rename(cut_off / "mine.jpg")
    assert set(decided(cut_off).values()) == {("", "")}
    assert names(cut_off) == ["a.jpg", "d.jpg", "mine.jpg", LIST_NAME, REVIEW_FOLDER]
    assert (cut_off / "mine.jpg").read_text() == "mine"


def test_a_list_edited_after_a_run_was_cut_off_is_kept(cut_off, caplog):
    edited = (cut_off / LIST_NAME).read_bytes().replace(b"match", b"rejected")
    (cut_off / LIST_NAME).write_bytes(edited)
    assert set(decided(cut_off).values()) == {("", "")}
    assert (cut_off / "montage (2).csv").read_bytes() == edited
    assert "kept as montage (2).csv" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        lambda work: (work / "finished.json").write_text("[]"),
        lambda work: (work / "finished.json").write_bytes(b"\xff"),
        lambda work: (work / "finished.json").write_text('{"replaced": {"../x": ""}}'),
        lambda work: (work / "content").rename(work / "c") and (work / "content").symlink_to("c"),
    ],
)
def test_a_plan_that_somebody_changed_is_refused(cut_off, change):
    (work,) = cut_off.glob(".photomosaic-*")
    change(work)
    with pytest.raises(InputError, match="move it away and run again"):
        read_montage_folder(cut_off)


@pytest.mark.parametrize("name", [".photomosaic-finished", ".photomosaic-unfinished"])
def test_links_under_the_names_of_our_folders_are_not_followed(montage, tmp_path, name):
    others = tmp_path / "others"
    fill(read_montage_folder(others), "a.jpg", "x.jpg", content="others")
    before = {path: path.read_bytes() for path in others.rglob("*") if path.is_file()}
    (montage / name).symlink_to(others)
    (montage / ".photomosaic-0123456789abcdef").symlink_to(others)
    fill(read_montage_folder(montage), "b.jpg")
    assert {path: path.read_bytes() for path in others.rglob("*") if path.is_file()} == before


def test_a_link_in_the_place_of_the_sheets_is_refused(montage, tmp_path):
    (tmp_path / "others").mkdir()
    shutil.rmtree(montage / REVIEW_FOLDER)
    (montage / REVIEW_FOLDER).symlink_to(tmp_path / "others")
    with pytest.raises(InputError, match="in the way of a folder; move it"):
        read_montage_folder(montage)


def test_a_link_under_the_name_of_a_frame_is_somebodys_own(montage, tmp_path):
    (montage / "a.jpg").rename(tmp_path / "kept.jpg")
    (montage / "a.jpg").symlink_to(tmp_path / "kept.jpg")
    savedir = read_montage_folder(montage)
    assert savedir.free_name("a.jpg") == "a (2).jpg"
    fill(savedir, "b.jpg")
    assert (montage / "a.jpg").is_symlink()
    assert (tmp_path / "kept.jpg").read_text() == "a.jpg"


def test_copies_of_frames_and_renamed_ones_are_somebodys_own(montage):
    shutil.copy(montage / "a.jpg", montage / "the best.jpg")
    (montage / "b.jpg").rename(montage / "Mum.jpg")
    assert decided(montage)[1] == ("", "")
    fill(read_montage_folder(montage), "e.jpg")
    assert names(montage) == ["Mum.jpg", "e.jpg", LIST_NAME, REVIEW_FOLDER, "the best.jpg"]


def changed(path):
    path.write_bytes(path.read_bytes() + b"\n")


@pytest.mark.parametrize(
    ("name", "change"), [(LIST_NAME, changed), ("b.jpg", Path.unlink), (LIST_NAME, Path.unlink)]
)
def test_what_people_decide_during_a_run_is_not_lost(montage, name, change):
    savedir = read_montage_folder(montage)
    change(montage / name)
    with pytest.raises(OutputError, match=f"{name}: was changed while new frames were made"):
        fill(savedir, "d.jpg")
    assert "d.jpg" not in names(montage)


def test_a_file_that_comes_in_the_way_during_a_run_is_kept(montage):
    savedir = read_montage_folder(montage)
    (montage / "d.jpg").write_text("mine")
    with pytest.raises(OutputError, match="is in the way of a frame"):
        fill(savedir, "a.jpg", "d.jpg")
    assert (montage / "d.jpg").read_text() == "mine"
    assert (montage / "a.jpg").read_text() == "a.jpg"


def test_one_run_at_a_time_uses_a_folder(tmp_path):
    at_work = pytest.raises(InputError, match=r"/new: another run is at work there; wait")
    with exclusive_use(tmp_path / "new"), at_work, exclusive_use(tmp_path / "new"):
        pass
    with exclusive_use(tmp_path / "new"):
        pass
    assert names(tmp_path / "new") == []


@pytest.mark.parametrize("name", ["matches.jpg", "place-frames.html"])
def test_somebodys_own_sheet_or_page_is_not_written_over(montage, name):
    save(astronaut(), montage / REVIEW_FOLDER / "mine.jpg").rename(montage / REVIEW_FOLDER / name)
    with pytest.raises(InputError, match=f"{name}: was not made by this toolkit"):
        read_montage_folder(montage)


@pytest.mark.parametrize("text", ["Date,Amount\n2019-01-02,7\n", "Frame,Status\n1,cut\n", ""])
def test_somebodys_own_list_is_not_written_over(tmp_path, text):
    (tmp_path / LIST_NAME).write_text(text)
    with pytest.raises(InputError, match="is no list made here"):
        read_montage_folder(tmp_path)


def test_a_file_in_the_place_of_a_folder(tmp_path, montage):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"/file: is a file, not a folder; name a folder$"):
        read_montage_folder(tmp_path / "file")
    with pytest.raises(InputError, match=r"/file/in: cannot .* /.*/file is a file, not a folder$"):
        read_montage_folder(tmp_path / "file" / "in")
    shutil.rmtree(montage / REVIEW_FOLDER)
    (montage / REVIEW_FOLDER).write_text("")
    with pytest.raises(InputError, match="in the way of a folder"):
        read_montage_folder(montage)


def test_a_list_that_names_somebodys_own_file_does_not_clear_it(tmp_path):
    (tmp_path / "mine.jpg").write_text("mine")
    (tmp_path / LIST_NAME).write_text(f"{HEADER}\nmine.jpg,match,,sha256:00\n")
    savedir = read_montage_folder(tmp_path)
    assert savedir.changed == ["mine.jpg"]
    with new_content(savedir) as new:
        write_new_list(new, [])
    assert (tmp_path / "mine.jpg").read_text() == "mine"
