"""Help texts that several scripts share."""

from __future__ import annotations

SCALE_HELP = "tile size: height-aspect * scale pixels high, width-aspect * scale wide"
SAVEPATH_HELP = "where to save the {}; %s becomes the target's name, %d {}, %% a percent sign"
ANIMATION_FORMATS = "format by extension: .gif, .mp4 and .webp (two to three times smaller), .png"
