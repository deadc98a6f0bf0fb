"""What the colours of a video are, and ffmpeg's filters from them to sRGB."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from photomosaic.images.colour_spaces import HDR_KNEE, HLG, PQ, PRIMARIES, WHITE_NITS
from photomosaic.video.ffmpeg import filters

log = logging.getLogger(__name__)

# Codes of ITU-T H.273.
_UNSPECIFIED = frozenset({0, 2, 3})
_BT2020, _DCI_P3, _DISPLAY_P3 = 9, 11, 12
_HIGH_DEFINITION_HEIGHT = 720

EXACT = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
_RGB = "min=gbr:rin=full:m=gbr:r=full:p=bt709"
_SRGB = "iec61966-2-1"


@dataclass(frozen=True)
class VideoColours:
    """The colours of a video.

    Attributes
    ----------
    matrix : str
        Between RGB and the pixels, as ffmpeg's scale filter names it.
    primaries : int or None
        By their code in ITU-T H.273; None for those that are shown as sRGB's.
    transfer : int or None
        The code of PQ or HLG; None for SDR, whose values players show as sRGB's.
    """

    matrix: str
    primaries: int | None
    transfer: int | None

    @property
    def hdr(self) -> bool:
        """Whether there is light above white."""
        return self.transfer is not None


def video_colours(codec: Any) -> VideoColours:
    """Read the colours of a video off PyAV's codec context, of which a frame has been decoded.

    HDR without primaries or matrix is BT.2020, as in practice all HDR is. Of other primaries only
    those of BT.2020 and P3 count: players treat the others as BT.709's, which are close to them.
    """
    transfer = int(codec.color_trc) if int(codec.color_trc) in (PQ, HLG) else None
    # The cinema's P3 differs in its white only, which stays white.
    primaries = _DISPLAY_P3 if int(codec.color_primaries) == _DCI_P3 else int(codec.color_primaries)
    wide = primaries in (_BT2020, _DISPLAY_P3)
    if transfer and (primaries in _UNSPECIFIED or primaries not in PRIMARIES):
        primaries = _BT2020
    matrix = "auto"
    if int(codec.colorspace) in _UNSPECIFIED:
        # What is not said is that of standard or high definition, as players take it.
        matrix = "bt709" if codec.height >= _HIGH_DEFINITION_HEIGHT else "bt601"
        matrix = "bt2020" if primaries == _BT2020 else matrix
    return VideoColours(matrix, primaries if wide or transfer else None, transfer)


def filters_to_bgr(colours: VideoColours, size: tuple[int, int]) -> list[str]:
    """Return ffmpeg's filters that make frames of (height, width), BGR, sRGB, of these colours."""
    scale = f"scale={size[1]}:{size[0]}:in_color_matrix={colours.matrix}:out_range=pc:{EXACT}"
    return [scale, *filters_to_srgb(colours), "setsar=1", "format=bgr24"]


def filters_to_srgb(colours: VideoColours) -> list[str]:
    """Return ffmpeg's filters that bring RGB of these colours to sRGB.

    HDR's white becomes white, and what is brighter is compressed, as in pictures.
    """
    if colours.primaries is None:
        return []
    if not {"zscale", "tonemap"} <= filters():
        log.warning(
            "this ffmpeg cannot convert the video's wide colours or HDR (it lacks zscale or"
            " tonemap); colours will look flat"
        )
        return []
    source = f"zscale={_RGB}:pin={colours.primaries}"
    if not colours.hdr:
        return ["format=gbrp16le", f"{source}:tin={_SRGB}:t={_SRGB}"]
    # HLG's curve depends on all three channels, which the approximation leaves out.
    exact = ":agamma=0" if colours.transfer == HLG else ""
    return [
        "format=gbrp16le",
        f"{source}:tin={colours.transfer}:t=linear:npl={WHITE_NITS:g}{exact}",
        "format=gbrpf32le",
        f"tonemap=mobius:param={HDR_KNEE}:peak={10000 / WHITE_NITS:.2f}:desat=0",
        f"zscale={_RGB}:pin=bt709:tin=linear:t={_SRGB}:npl={WHITE_NITS:g}",
    ]
