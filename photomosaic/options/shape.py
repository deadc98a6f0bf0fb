"""Options on the part of the target that the mosaic fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from photomosaic.errors import InputError
from photomosaic.options.fields import Options, option
from photomosaic.options.values import as_colour, as_file

MaskEdge = Literal["cut", "whole"]
MaskFit = Literal["contain", "cover", "stretch"]
Outline = Literal["heart", "circle", "star"]


@dataclass(frozen=True, kw_only=True)
class ShapeOptions(Options):
    """The part of the target that the mosaic fills; all of it without any of these."""

    heading: ClassVar[str] = "shape"

    mask: str | None = option(
        None,
        "fill only where that picture is white, or opaque if it has transparency; without a mask, a"
        " target with transparency is its own",
        metavar="FILE",
        parse=as_file,
        exclusive="shape",
        in_project=True,
    )
    shape: Outline | None = option(
        None, "fill a heart, circle or star", exclusive="shape", in_project=True
    )
    text: str | None = option(
        None, "fill these words, as large as they fit", exclusive="shape", in_project=True
    )
    font: str | None = option(
        None,
        "font of the words (default: Open Sans)",
        metavar="FILE",
        parse=as_file,
        in_project=True,
    )
    mask_fit: MaskFit | None = option(
        None,
        "mask of another aspect than the target: shown whole, cut, or stretched; refused without"
        " this option",
        in_project=True,
    )
    mask_edge: MaskEdge = option(
        "cut",
        "cells at the edge of the mask, which have at least half of their area inside: cut along"
        " the edge, or painted whole",
        in_project=True,
        changeable=True,
    )
    background: str | None = option(
        None,
        "colour outside: a name or #RRGGBB (default: transparent, or white where the format has no"
        " transparency)",
        metavar="COLOUR",
        parse=as_colour,
        in_project=True,
        changeable=True,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.font is not None and self.text is None:
            raise InputError("--font needs --text: it is the font of these words")
        if self.mask_fit is not None and self.mask is None:
            raise InputError("--mask-fit needs --mask: it is about that picture")

    @property
    def given(self) -> bool:
        """Whether a mask is asked for."""
        return any(each is not None for each in (self.mask, self.shape, self.text))
