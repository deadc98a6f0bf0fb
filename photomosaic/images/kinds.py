"""What a file is, by its first bytes; and what its name suggests."""

from __future__ import annotations

from typing import Literal, get_args

PictureFormat = Literal["JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF", "TIFF", "BMP", "JPEG2000"]
Kind = (
    PictureFormat | Literal["video", "raw", "JPEG XL", "Photoshop", "document", "empty", "unknown"]
)

PICTURE_FORMATS: tuple[PictureFormat, ...] = get_args(PictureFormat)
"""The formats that are read, as Pillow names them."""

HEAD_BYTES = 64

PHOTO_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .mpo .png .apng .webp .avif .heic .heif .hif .tif .tiff .bmp .gif .jp2"
    " .j2k .jpx".split()
)
RAW_SUFFIXES = frozenset(
    ".3fr .arw .cr2 .cr3 .crw .dcr .dng .erf .iiq .kdc .mef .mos .mrw .nef .nrw .orf .pef .raf .raw"
    " .rw2 .rwl .sr2 .srf .srw .x3f".split()
)

# Sizes of the header that follows; "BM" alone may begin any text.
_BITMAP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"FUJIFILMCCD-RAW", "raw"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"8BPS\x00", "Photoshop"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"\x00\x00\x01\xba", "video"),
    (b"\x00\x00\x01\xb3", "video"),
    (b"0&\xb2u\x8ef\xcf\x11", "video"),
    (b"FLV\x01", "video"),
    (b"OggS", "video"),
    (b"%PDF", "document"),
    (b"%!PS", "document"),
    (b"<svg", "document"),
)


def kind_of(head: bytes) -> Kind:
    """Tell what a file is.

    Parameters
    ----------
    head : bytes
        The first `HEAD_BYTES` bytes of the file, or all if it has fewer.
    """
    if not head:
        return "empty"
    if head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"AVI "):
        return "WEBP" if head[8:12] == b"WEBP" else "video"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return "BMP"
    if head[4:8] == b"ftyp":
        return _kind_of_brands(head)
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "video"
    return next((kind for start, kind in _STARTS if head.startswith(start)), "unknown")


def _kind_of_brands(head: bytes) -> Kind:
    """Tell an ISO base media file by its major and compatible brands (ISO/IEC 14496-12)."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12]} | {head[i : i + 4] for i in range(16, end - 3, 4)}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}:
        return "HEIF"
    return "raw" if b"crx " in brands else "video"
