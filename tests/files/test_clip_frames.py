from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomosaic.files.clip_frames import (
    clip_and_time,
    clip_digest,
    file_of,
    frame_digest,
    frame_name,
)


@given(st.text("a@1.s/\n", min_size=1), st.integers(0, 9_999_999_999))
def test_a_name_tells_its_clip_and_time(clip, milliseconds):
    name = frame_name(clip, milliseconds)
    assert clip_and_time(name) == (clip, milliseconds)
    assert file_of(name) == clip


def test_names_are_as_short_as_can_be():
    names = [frame_name("a.mov", time) for time in (0, 500, 12_050, 60_000)]
    assert names == ["a.mov@0s", "a.mov@0.5s", "a.mov@12.05s", "a.mov@60s"]


def test_a_file_of_such_a_name_is_a_file(tmp_path):
    path = tmp_path / "a.mov@1s"
    assert clip_and_time(str(path)) is not None
    path.touch()
    assert clip_and_time(str(path)) is None
    assert file_of(str(path)) == str(path)
    assert clip_and_time("a.mov@s") is None


@pytest.mark.parametrize("place", [0, 4_000_000, 9_000_000, -1])
def test_a_digest_changes_with_both_ends_and_the_size(tmp_path, place):
    content = bytearray(9_500_000)
    path = tmp_path / "a.mov"
    path.write_bytes(content)
    before = clip_digest(path)
    content[place] = 1
    path.write_bytes(content)
    assert clip_digest(path) != before
    path.write_bytes(bytes(len(content) + 1))
    assert clip_digest(path) != before


def test_frames_of_one_clip_have_different_digests():
    assert len({frame_digest(clip, time) for clip in (b"a", b"b") for time in (0, 500)}) == 4
