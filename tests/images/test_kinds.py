from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_pictures import FORMATS, MP4, encoded, quarters

from photomosaic.images.kinds import (
    HEAD_BYTES,
    PHOTO_SUFFIXES,
    PICTURE_FORMATS,
    kind_of,
)
from photomosaic.images.passed_over import _SUFFIXES, SIDE_FILES

KINDS = {*PICTURE_FORMATS, "video", "raw", "JPEG XL", "Photoshop", "document", "empty", "unknown"}


def ftyp(major, *compatible):
    brands = b"".join(brand.encode() for brand in compatible)
    size = (16 + len(brands)).to_bytes(4, "big")
    return size + b"ftyp" + major.encode() + bytes(4) + brands


def test_every_format_is_tried():
    assert set(FORMATS) == set(PICTURE_FORMATS)


@pytest.mark.parametrize("kind", FORMATS)
def test_head_of_a_real_file_tells_its_format(kind):
    assert kind_of(encoded(quarters(), kind)[:HEAD_BYTES]) == kind


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff\xe1", "JPEG"),
        (b"\xff\xd8", "unknown"),
        (b"GIF87a", "GIF"),
        (b"GIF88a", "unknown"),
        (b"MM\0*", "TIFF"),
        (b"II+\0", "TIFF"),
        (b"MM\0+", "TIFF"),
        (b"\xff\x4f\xff\x51\0", "JPEG2000"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WEBP"),
        (b"RIFF\x10\0\0\0AVI LIST", "video"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "unknown"),
        (ftyp("avif", "avif", "mif1"), "AVIF"),
        (ftyp("mif1", "miaf", "avif"), "AVIF"),
        (ftyp("avis", "msf1"), "AVIF"),
        (ftyp("heic", "mif1", "heic"), "HEIF"),
        (ftyp("heix"), "HEIF"),
        (ftyp("hevc"), "HEIF"),
        (ftyp("mif1"), "HEIF"),
        (ftyp("msf1"), "HEIF"),
        (ftyp("crx ", "crx ", "isom"), "raw"),
        (ftyp("isom", "iso2", "avc1"), "video"),
        (ftyp("qt  "), "video"),
        (ftyp("M4V "), "video"),
        # The brand lies behind the end of the box, so it is no brand of it.
        (ftyp("isom", "iso2") + b"heic", "video"),
        (MP4, "video"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video"),
        (b"\0\0\0\x6cmoov", "video"),
        (b"\x1aE\xdf\xa3\x9f", "video"),
        (b"\0\0\x01\xba", "video"),
        (b"OggS", "video"),
        (b"FUJIFILMCCD-RAW 0201", "raw"),
        (b"%PDF-1.7", "document"),
        (b"<svg xmlns=", "document"),
        (b"P6 1 1 255", "unknown"),
        (b"Dear diary", "unknown"),
    ],
)
def test_head_tells_the_kind(head, kind):
    assert kind_of(head[:HEAD_BYTES]) == kind


@given(st.binary(max_size=HEAD_BYTES))
def test_any_head_has_a_kind(head):
    assert kind_of(head) in KINDS


@given(st.binary(max_size=HEAD_BYTES - 8))
def test_any_box_of_brands_has_a_kind(rest):
    assert kind_of(rest[:4].rjust(4, b"\0") + b"ftyp" + rest[4:]) in {
        "AVIF",
        "HEIF",
        "raw",
        "video",
    }


def test_suffixes_of_photos():
    promised = ".jpg .jpeg .png .webp .avif .heic .heif .tif .tiff .bmp .gif .jp2"
    assert set(promised.split()) <= PHOTO_SUFFIXES


def test_no_suffix_is_of_two_kinds():
    kinds = [PHOTO_SUFFIXES, SIDE_FILES, *_SUFFIXES.values()]
    assert len(frozenset().union(*kinds)) == sum(map(len, kinds))
