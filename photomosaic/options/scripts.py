"""The options of each script, by its name without .py."""

from __future__ import annotations

from photomosaic.options.animation import FolderGifOptions
from photomosaic.options.montage import FaceMontageOptions
from photomosaic.options.mosaic import MosaicOptions
from photomosaic.options.scales import ExplorerOptions, PerformanceOptions, SweepOptions
from photomosaic.options.video import VideoMosaicOptions

BY_SCRIPT: dict[str, type] = {
    "mosaic": MosaicOptions,
    "video": VideoMosaicOptions,
    "interactive": ExplorerOptions,
    "make_gif": SweepOptions,
    "face_montage": FaceMontageOptions,
    "create_gif_from_photos_folder": FolderGifOptions,
    "performance": PerformanceOptions,
}
