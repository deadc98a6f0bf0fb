"""The tags by which pictures made by this toolkit are known."""

from __future__ import annotations

from PIL import Image

from photomosaic.images.opening import exif_value

SOFTWARE_TAG = 0x0131
DESCRIPTION_TAG = 0x010E
SOFTWARE = "photomosaic"
PAGE_COMMENT = b"part of a photomosaic page"
OWN_OUTPUT = "made by this toolkit"


def carries_own_tag(picture: Image.Image) -> bool:
    """Tell whether an opened picture carries this toolkit's tag or comment."""
    comment = picture.info.get("comment")
    if isinstance(comment, bytes):
        start = f"{SOFTWARE} ".encode() if picture.format == "GIF" else PAGE_COMMENT
        if comment.startswith(start):
            return True
    tags = [SOFTWARE_TAG, DESCRIPTION_TAG] if picture.format == "TIFF" else [SOFTWARE_TAG]
    return any(str(exif_value(picture, tag)).startswith(f"{SOFTWARE} ") for tag in tags)
