from __future__ import annotations

import csv
import io
import tracemalloc

import numpy as np
import pytest

from photomosaic.errors import InputError
from photomosaic.faces import edited_list
from photomosaic.faces.montage_list import (
    ACCEPTED,
    COLUMNS,
    LIST_NAME,
    MATCH,
    REJECTED,
    Row,
    read_list,
    write_list,
)

ROWS = [
    Row(
        frame="0001_2019-01-02_p0.97_Zoë, 1;2.jpg",
        photo='/photos/a "b", c;d/Zoë.jpg',
        date="2019-01-02 03:04:05",
        probability="0.9712",
        box="88x88+99-3",
        eyes="120.5,110.0 160.2,111.1",
        status=MATCH,
        reason="undated; enlarged 2.4 times",
        photo_sha256="sha256:00",
    ),
    Row(photo="/photos/b.jpg", status="near miss", reason="distance 0.61, not below 0.6"),
]

# What people, spreadsheets and damage may put into a list.
PIECES = [
    *(
        b'"',
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b"\x1b[31m",
        b"\xff\xfe",
        b"\xed\xa0\x80",
    ),
    *(
        b"..",
        b"/",
        b"sha256:",
        b"1e999",
        b"NaN",
        b"9" * 5000,
        "\U0001f600".encode(),
        b"",
        b"\n" * 9,
    ),
]


def resaved(data, delimiter=",", encoding="utf-8-sig", columns=COLUMNS):
    """Return a list as a spreadsheet saves it."""
    text = io.StringIO(newline="")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    writer = csv.DictWriter(text, columns, delimiter=delimiter, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def test_rows_come_back_as_they_were(tmp_path):
    write_list(tmp_path, ROWS)
    assert (tmp_path / LIST_NAME).read_bytes().startswith(b"\xef\xbb\xbfframe,photo,time,date,")
    assert read_list(tmp_path) == ROWS


STARTS = ["=", "+", "-", "@", "\t", "\r", "'=", "''@", "\uff1d"]


@pytest.mark.parametrize("start", STARTS)
def test_no_cell_is_a_formula_and_all_come_back(tmp_path, start):
    name = f"{start}1+HYPERLINK(1).jpg"
    row = Row(frame=name, photo=name, reason=name, eyes="-3.0,4.0 5.0,4.0", status="'quoted'")
    write_list(tmp_path, [row])
    cells = next(csv.DictReader(io.StringIO((tmp_path / LIST_NAME).read_text("utf-8-sig"))))
    assert cells["status"] == "'quoted'"
    for column in ("frame", "photo", "reason", "eyes"):
        assert cells[column][0] == "'"
    assert read_list(tmp_path) == [row]


def test_a_formula_that_a_spreadsheet_left_bare_is_read_as_it_is(tmp_path):
    (tmp_path / LIST_NAME).write_text("frame,status\n=1.jpg,match\n")
    assert read_list(tmp_path) == [Row(frame="=1.jpg", status="match")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_spreadsheets_may_have_saved_it(tmp_path, delimiter, encoding):
    write_list(tmp_path, ROWS)
    path = tmp_path / LIST_NAME
    path.write_bytes(resaved(path.read_bytes(), delimiter, encoding))
    assert read_list(tmp_path) == ROWS


def test_columns_may_be_gone_moved_and_added(tmp_path):
    path = tmp_path / LIST_NAME
    path.write_text("Notes; Status ;FRAME\nnice;rejected;0001_a.jpg\n;;\nshort\n")
    assert read_list(tmp_path) == [Row(frame="0001_a.jpg", status="rejected"), Row()]


@pytest.mark.parametrize(
    ("status", "decision"),
    [
        ("rejected", REJECTED),
        (" Reject", REJECTED),
        ("REJECTED!", REJECTED),
        ("accept", ACCEPTED),
        ("accepted", ACCEPTED),
        ("match", ""),
        ("", ""),
        ("no idea", ""),
    ],
)
def test_decisions_in_several_words(status, decision):
    assert Row(status=status).decision == decision


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "\x00\x01", "frame\nx.jpg\n"])
def test_what_is_no_list_is_refused(tmp_path, text):
    (tmp_path / LIST_NAME).write_text(text)
    with pytest.raises(InputError, match="is no list made here"):
        read_list(tmp_path)


def test_no_list_is_no_rows(tmp_path):
    assert read_list(tmp_path) == []


def test_a_folder_of_that_name(tmp_path):
    (tmp_path / LIST_NAME).mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        read_list(tmp_path)


@pytest.mark.parametrize(
    "name", ["../a.jpg", "/etc/passwd", "sub/a.jpg", "..", ".", "a\0.jpg", "ö" * 200]
)
def test_no_list_names_files_elsewhere(tmp_path, name):
    (tmp_path / LIST_NAME).write_text(f"frame,status\n\n{name},match\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"montage.csv: row 3.frame: ") as told:
        read_list(tmp_path)
    assert str(told.value).isprintable()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "frame,status,box\na.jpg,match," + "9" * 5000 + "x1+0+0\n",
            "row 2.box: is not in the form",
        ),
        ("frame,status,box\na.jpg,match,1e999x1+0+0\n", "row 2.box: is not in the form"),
        ("frame,status,photo_sha256\na.jpg,,sha256:0\n", "row 2.photo_sha256: is not in"),
        ("frame,status,frame_sha256\na.jpg,,\ud7ff\n", "row 2.frame_sha256: is not in"),
        ("frame,status,frame\na.jpg,match,b.jpg\n", "has 2 columns frame; leave one"),
        ("frame,status\na,\n" + "x" * 200_000, "row 3: is damaged, or has far too long a text"),
        ("frame,status\n" + "a,\n" * 20, "has more than 20 rows, which no list made here has"),
    ],
    ids=lambda text: text[:20],
)
def test_what_no_list_holds_is_told_with_its_place(tmp_path, monkeypatch, text, told):
    monkeypatch.setattr(edited_list, "MOST_ROWS", 20)
    (tmp_path / LIST_NAME).write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_list(tmp_path)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / LIST_NAME}: {told}")
    assert message.isprintable()
    assert len(message) < 300


def test_whatever_stands_in_a_list_it_is_rows_or_one_line(tmp_path):
    write_list(tmp_path, ROWS)
    path, rng = tmp_path / LIST_NAME, np.random.default_rng(1)
    whole, refused = path.read_bytes(), []
    for _ in range(400):
        start, end = sorted(rng.integers(0, len(whole), 2))
        end = start + int(rng.integers(0, 4)) if rng.random() < 0.8 else end
        data = whole[:start] + PIECES[rng.integers(len(PIECES))] + whole[end:]
        path.write_bytes(data)
        try:
            assert all(isinstance(row, Row) for row in read_list(tmp_path))
        except InputError as error:
            refused.append(str(error))
    assert all(message.isprintable() for message in refused)
    assert 50 < len(refused) < 350


def test_a_large_list_takes_little_memory(tmp_path):
    (tmp_path / LIST_NAME).write_text("frame,status\n" + "a.jpg,\n" * 20_000)
    tracemalloc.start()
    try:
        assert len(read_list(tmp_path)) == 20_000
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()
