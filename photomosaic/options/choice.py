"""The options that choose which matches become frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from photomosaic import ranges
from photomosaic.options.fields import Options, option, own_fields


@dataclass(frozen=True, kw_only=True)
class ChoiceOptions(Options):
    """Which matches are left out, though they show the person."""

    heading: ClassVar[str] = "choosing frames"

    frontal: float | None = option(
        None,
        "leave out faces turned away from the camera by more than N degrees, also up or down",
        ranges.ANGLE,
        bare=25.0,
    )
    eyes_open: float | None = option(
        None,
        "leave out faces whose eyes are open by less than N, the gap between the lids as a share"
        " of the eye's width",
        ranges.SHARE,
        bare=0.24,
    )
    sharp: float | None = option(
        None,
        "leave out faces of a sharpness below N; good photos have 100 and more",
        ranges.SHARPNESS,
        bare=45.0,
    )
    exposure: float | None = option(
        None,
        "leave out faces that are brighter or darker than most by more than N stops",
        ranges.STOPS,
        bare=1.5,
    )
    max_padding: float | None = option(
        None,
        "leave out frames of which more than N percent lie beyond the photo's edge",
        ranges.PERCENT,
        bare=10.0,
    )
    min_gap: float | None = option(
        None,
        "leave out all but the best of faces taken within MINUTES of each other",
        ranges.MINUTES,
        metavar="MINUTES",
    )

    @property
    def any(self) -> bool:
        """Whether one of them is given."""
        return any(getattr(self, field.name) is not None for field in own_fields(type(self)))
