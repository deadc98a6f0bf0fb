"""The notebook's widgets: what can be set, and how they lie on the page."""

from __future__ import annotations

from typing import Any

from photomosaic.explore.model import MOST_BEST_K
from photomosaic.matching.metrics import METRICS
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions

FIRST_SCALE = 8
MOST_RANDOMNESS = 0.99
MOST_MIN_SPACING = 12


def make_widgets(
    codebook_dir: str, target: str, tiles: TileOptions, options: RenderOptions
) -> dict[str, Any]:
    """Return the explorer's widgets by name, with the values that they start with."""
    # Loaded here, since Jupyter is not needed by anything else.
    import ipywidgets

    look = {"style": {"description_width": "90px"}, "layout": ipywidgets.Layout(width="auto")}
    text = {"continuous_update": False, **look}
    return {
        "folder": ipywidgets.Text(codebook_dir, description="photos", **text),
        "target": ipywidgets.Text(target, description="target", **text),
        **_choosing(tiles, options, look),
        **_limiting(options, look),
        **_showing(),
    }


def _choosing(tiles: TileOptions, options: RenderOptions, look: dict[str, Any]) -> dict[str, Any]:
    """Return the widgets on the tiles and on how they are chosen and painted."""
    import ipywidgets

    share = {"min": 0.0, "max": 1.0, "step": 0.01, **look}
    return {
        "scale": ipywidgets.IntSlider(
            FIRST_SCALE, min=1, max=FIRST_SCALE, description="scale", **look
        ),
        "opacity": ipywidgets.FloatSlider(options.opacity, description="opacity", **share),
        "best_k": ipywidgets.IntSlider(
            options.best_k,
            min=1,
            max=max(MOST_BEST_K, options.best_k),
            description="best-k",
            **look,
        ),
        "randomness": ipywidgets.FloatSlider(
            options.randomness,
            description="randomness",
            **share | {"max": max(MOST_RANDOMNESS, options.randomness)},
        ),
        "tint": ipywidgets.FloatSlider(options.tint, description="tint", **share),
        "metric": ipywidgets.Dropdown(
            options=METRICS, value=tiles.metric, description="metric", **look
        ),
    }


def _limiting(options: RenderOptions, look: dict[str, Any]) -> dict[str, Any]:
    """Return the widgets on the repeats of photos."""
    import ipywidgets

    return {
        "min_spacing": ipywidgets.IntSlider(
            options.min_spacing,
            min=1,
            max=max(MOST_MIN_SPACING, options.min_spacing),
            description="min-spacing",
            disabled=bool(options.dither),
            **look,
        ),
        "max_uses": ipywidgets.BoundedIntText(
            options.max_uses or 0,
            min=0,
            max=1_000_000,
            description="max-uses",
            disabled=bool(options.dither),
            tooltip="0 is no limit",
            continuous_update=False,
            **look,
        ),
    }


def _showing() -> dict[str, Any]:
    """Return the button, and the widgets that show what is made."""
    import ipywidgets

    return {
        "save": ipywidgets.Button(description="Save", icon="save", button_style="primary"),
        "message": ipywidgets.HTML(),
        "progress": ipywidgets.IntProgress(
            style={"description_width": "initial"},
            layout=ipywidgets.Layout(width="auto", visibility="hidden"),
        ),
        "picture": ipywidgets.Image(
            format="jpg",
            layout=ipywidgets.Layout(max_width="100%", max_height="80vh", object_fit="contain"),
        ),
    }


def laid_out(widgets: dict[str, Any]) -> Any:
    """Return the widgets side by side: what is set on the left, the picture on the right."""
    import ipywidgets

    controls = [box for name, box in widgets.items() if name != "picture"]
    return ipywidgets.HBox(
        [
            ipywidgets.VBox(controls, layout=ipywidgets.Layout(flex="0 0 360px")),
            ipywidgets.VBox([widgets["picture"]], layout=ipywidgets.Layout(flex="1 1 auto")),
        ]
    )
