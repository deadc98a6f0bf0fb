from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.files.names import as_stored, folded, nearest, printable, printable_lines

NAMES = ["M\xfcller", "\xc5ngstr\xf6m", "Vi\u1ec7t", "\u304c\u30d0", "\ud55c\uad6d", "\u0439"]


@pytest.mark.parametrize("name", NAMES)
def test_both_forms_of_unicode_and_all_letter_cases_are_one_name(name):
    forms = [unicodedata.normalize(form, name) for form in ("NFC", "NFD")]
    assert forms[0] != forms[1]
    assert len({folded(case) for form in forms for case in (form, form.upper(), form.lower())}) == 1


@given(st.text())
def test_no_text_is_too_odd(text):
    assert folded(folded(text)) == folded(text)
    assert printable(text).isprintable()
    assert printable_lines(text).replace("\n", "").isprintable()


def test_printable_shows_surrogates_that_stand_for_no_byte():
    assert printable("a\ud800\udce9") == r"a\ud800\xe9"


def test_lines_stay_and_what_steers_a_terminal_does_not():
    assert printable_lines("a\n\x1b[2J\x9b31m\r\t\u202e") == "a\n" + r"\x1b[2J\x9b31m\r\t\u202e"


def test_the_nearest_name():
    names = ["IMG_0001.jpg", "Zo\xeb.jpg", "receipts"]
    assert nearest("zoe\u0308.JPG", names) == "Zo\xeb.jpg"
    assert nearest("receits", names) == "receipts"
    assert nearest("something else", names) is None
    assert nearest("a", []) is None


@pytest.mark.parametrize("relative", [False, True])
def test_a_path_is_found_in_the_form_in_which_it_is_stored(tmp_path, monkeypatch, relative):
    monkeypatch.chdir(tmp_path)
    folder = Path() if relative else tmp_path
    typed, stored = (
        folder / unicodedata.normalize(form, "B\xe9a") / unicodedata.normalize(form, "\xfc.jpg")
        for form in ("NFC", "NFD")
    )
    assert as_stored(typed) == typed
    stored.parent.mkdir()
    assert as_stored(typed) == stored.parent / typed.name
    stored.touch()
    assert as_stored(typed) == stored
    typed.parent.mkdir()
    typed.touch()
    assert as_stored(typed) == typed


def test_a_path_without_a_folder_stays_as_it_is(tmp_path):
    for name in ("no/folder/\xfc.jpg", os.fsdecode(b"\xff"), "\xfc" * 300):
        assert as_stored(tmp_path / name) == tmp_path / name


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
