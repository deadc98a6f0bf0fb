"""Files among photos that are not read: how they are recognised, and what a user can do."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping, Sequence

from photomosaic.files.names import printable
from photomosaic.images.kinds import PHOTO_SUFFIXES, RAW_SUFFIXES, Kind
from photomosaic.wording import counted

RAW = "camera RAW file"
JPEG_XL = "JPEG XL picture"
PHOTOSHOP = "Photoshop file"
OTHER_PICTURE = "picture of another format"
VIDEO = "video"
IN_CLOUD = "photo that is only in the cloud"
LIBRARY_PHOTO = "photo of a Photos library whose original is in iCloud"
EMPTY_LIBRARY = "Photos library without originals"

_EXPORT = "export as JPEG"
_DOWNLOAD = "in Photos' settings, choose Download Originals to this Mac"
# In the order in which they are told, with the way out.
_WAYS_OUT = {
    RAW: _EXPORT,
    JPEG_XL: _EXPORT,
    PHOTOSHOP: _EXPORT,
    OTHER_PICTURE: _EXPORT,
    IN_CLOUD: "download first",
    LIBRARY_PHOTO: _DOWNLOAD,
    EMPTY_LIBRARY: _DOWNLOAD,
    VIDEO: "use them as clips, or save frames as JPEG",
}
_PLURALS = {
    PHOTOSHOP: "Photoshop files",
    OTHER_PICTURE: "pictures of other formats",
    IN_CLOUD: "photos that are only in the cloud",
    LIBRARY_PHOTO: "photos of a Photos library whose originals are in iCloud",
    EMPTY_LIBRARY: "Photos libraries without originals",
}
_SUFFIXES = {
    RAW: RAW_SUFFIXES,
    JPEG_XL: frozenset({".jxl"}),
    PHOTOSHOP: frozenset({".psd", ".psb"}),
    OTHER_PICTURE: frozenset(
        ".ai .eps .exr .hdp .hdr .jxr .kra .pcx .pgm .pict .pnm .ppm .tga .wdp .xcf".split()
    ),
    VIDEO: frozenset(
        ".3g2 .3gp .avi .flv .insv .lrv .m2ts .m2v .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .vob"
        " .webm .wmv".split()
    ),
}
_BY_SUFFIX = {suffix: noun for noun, suffixes in _SUFFIXES.items() for suffix in suffixes}
_BY_KIND: dict[Kind, str] = {
    "raw": RAW,
    "video": VIDEO,
    "JPEG XL": JPEG_XL,
    "Photoshop": PHOTOSHOP,
}
SIDE_FILES = frozenset(
    ".aae .json .xmp .txt .md .csv .html .xml .ini .db .log .pdf .zip .py .js .css .svg .ds_store"
    " .mp3 .m4a .wav .aac .thm .ithmb .sqlite .sqlite3".split()
)

# Recycle bins, snapshots and thumbnails of network storage (Synology, QNAP, NetApp, Buffalo ...),
# Windows, macOS, Linux and Android. Those that begin with a dot are hidden anyway.
_SYSTEM_FOLDER = re.compile(
    r"@eadir|@recycle|@recycle_bin|@recently-snapshot|@sharesnap|@snapshots?|@tmp|@__thumb"
    r"|#recycle|#snapshots?|~snapshot|trashbox|network trash folder|temporary items"
    r"|recycler|recycled|\$recycle\.bin|found\.\d{3}|system volume information"
    r"|lost\+found|lost\.dir|backups\.backupdb|__macosx"
)
# Photos, iPhoto and Aperture hold each photo several times over, the originals in one folder.
_LIBRARY = re.compile(
    r".+\.(?:photoslibrary|photolibrary|aplibrary|migrated(?:photo|aperture)library)|iphoto library"
)
_ORIGINALS = frozenset({"originals", "masters"})
# The previews of the photo NAME in a Photos library are called NAME_1_105_c.jpeg and the like.
_PREVIEW = re.compile(r"(.+)_\d+_\d+_[a-z]\.jpe?g", re.IGNORECASE)

# macOS sets it for files whose content is in the cloud (sys/stat.h); Windows has attributes.
SF_DATALESS = 0x40000000
_WINDOWS_RECALL = stat.FILE_ATTRIBUTE_OFFLINE | 0x40000 | 0x400000


def noun_of_suffix(suffix: str) -> str | None:
    """Return the kind of a file that is not read, by its extension in small letters, or None."""
    return _BY_SUFFIX.get(suffix)


def noun_of_kind(kind: Kind) -> str | None:
    """Return the kind of a file that is not read, by its content; None for other files."""
    return _BY_KIND.get(kind)


def is_system_folder(name: str) -> bool:
    """Tell whether a folder of this name holds what was deleted, snapshots or thumbnails."""
    return bool(_SYSTEM_FOLDER.fullmatch(name.lower()))


def is_library(path: str) -> bool:
    """Tell whether a folder is a photo library of macOS."""
    return bool(_LIBRARY.fullmatch(os.path.basename(path).lower()))  # noqa: PTH119


def holds_originals(name: str) -> bool:
    """Tell whether a folder in a library of macOS holds the originals."""
    return name.lower() in _ORIGINALS


def is_placeholder(name: str) -> bool:
    """Tell whether a file is what iCloud Drive of older macOS leaves of a photo, .NAME.icloud."""
    original = name[1:].removesuffix(".icloud")
    suffix = os.path.splitext(original)[1].lower()  # noqa: PTH122
    return name.startswith(".") and name.endswith(".icloud") and suffix in PHOTO_SUFFIXES


def is_in_cloud(status: os.stat_result) -> bool:
    """Tell whether a file's content is in the cloud, so that opening it would download it."""
    recall = getattr(status, "st_file_attributes", 0) & _WINDOWS_RECALL
    return bool(getattr(status, "st_flags", 0) & SF_DATALESS or recall)


def missing_originals(library: str) -> dict[str, list[str]]:
    """Return what a Photos library has no originals of, as `Listing.passed_over` holds it."""
    originals = {
        os.path.splitext(name)[0].lower()  # noqa: PTH122
        for folder in filter(holds_originals, os.listdir(library))  # noqa: PTH208
        for _, _, names in os.walk(os.path.join(library, folder))  # noqa: PTH118
        for name in names
    }
    previews = {
        found.group(1).lower(): os.path.join(folder, name)  # noqa: PTH118
        for folder, _, names in os.walk(os.path.join(library, "resources", "derivatives"))  # noqa: PTH118
        for name in names
        if (found := _PREVIEW.fullmatch(name))
    }
    missing = [previews[name] for name in sorted(previews.keys() - originals)]
    if missing:
        return {LIBRARY_PHOTO: missing}
    return {} if originals else {EMPTY_LIBRARY: [library]}


def passed_over_text(passed_over: Mapping[str, Sequence[str]]) -> str:
    """Return how many files of each kind are not read, the first of each, and the way out."""
    by_way: dict[str, list[str]] = {}
    for noun, way in _WAYS_OUT.items():
        if paths := passed_over.get(noun):
            more = " ..." if len(paths) > 1 else ""
            first = printable(os.path.basename(paths[0]))  # noqa: PTH119
            number = counted(len(paths), noun, _PLURALS.get(noun))
            by_way.setdefault(way, []).append(f"{number} ({first}{more})")
    return "; ".join(f"{', '.join(kinds)}, {way}" for way, kinds in by_way.items())
