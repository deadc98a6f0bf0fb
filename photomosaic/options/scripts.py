"""The options of each script, by its name without .py."""

from __future__ import annotations

from photomosaic.options.animation import FolderGifOptions
from photomosaic.options.app import AppOptions
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
    "app": AppOptions,
}

MOST_NEEDED: dict[str, tuple[str, ...]] = {
    "mosaic": (
        *("target", "codebook_dir", "savepath", "scale", "crop", "tint", "opacity"),
        *("min_spacing", "max_uses", "print_size", "zoom_page", "zoom_film"),
    ),
    "video": (
        *("target", "codebook_dir", "scale", "savepath", "start", "seconds", "fps", "exclude"),
        *("stabilization_threshold", "best_k", "tint", "opacity"),
    ),
    "interactive": (
        *("target", "camera", "codebook_dir", "min_scale", "max_scale", "savepath", "exclude"),
        *("crop", "height_aspect", "width_aspect", "tint", "opacity"),
    ),
    "make_gif": (
        *("target", "codebook_dir", "min_scale", "max_scale", "savepath", "step", "fps", "hold"),
        *("ascending", "resize_height", "tint", "exclude"),
    ),
    "face_montage": (
        *("target_face_dir", "other_face_dir", "photos_dir", "savedir", "order", "max_per"),
        *("min_confidence", "output_size", "start_closeness", "end_closeness", "dry_run"),
    ),
    "create_gif_from_photos_folder": (
        *("photos_dir", "savepath", "order", "fps", "hold", "size", "fit", "caption"),
        *("crossfade", "fuzz", "lossy"),
    ),
    "performance": (
        *("target", "codebook_dir", "min_scale", "max_scale", "video", "faces", "savedir"),
        *("repeats", "quick", "workers"),
    ),
    "app": ("folder", "savedir", "host", "port", "cache_dir"),
}
"""The fields of each script that its short help shows."""
