"""The notebook's widgets: what can be set, and how they lie on the page."""

from __future__ import annotations

from typing import Any

from photomosaic.matching.metrics import METRICS
from photomosaic.options.fields import OptionField, own_fields
from photomosaic.options.look import RenderOptions
from photomosaic.options.photos import TileOptions

FIRST_SCALE = 8


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
        **_choosing(tiles, look),
        **_sliders(options, look),
        **_showing(),
    }


def _choosing(tiles: TileOptions, look: dict[str, Any]) -> dict[str, Any]:
    """Return the widgets on the tiles."""
    import ipywidgets

    return {
        "scale": ipywidgets.IntSlider(
            FIRST_SCALE, min=1, max=FIRST_SCALE, description="scale", **look
        ),
        "metric": ipywidgets.Dropdown(
            options=METRICS, value=tiles.metric, description="metric", **look
        ),
    }


def _sliders(options: RenderOptions, look: dict[str, Any]) -> dict[str, Any]:
    """Return a widget for each option of the look that has a slider."""
    return {
        field.name: _slider(field, options, look)
        for field in own_fields(RenderOptions)
        if field.option.slider
    }


def _slider(field: OptionField, options: RenderOptions, look: dict[str, Any]) -> Any:
    import ipywidgets

    value, (low, high) = getattr(options, field.name), field.option.slider or (0, 1)
    known = {
        "description": field.flag[2:],
        "min": field.kind(low),
        "max": field.kind(max(high, value or 0)),
        # No limits on repeats go with dithering.
        "disabled": field.option.group == "repeats" and bool(options.dither),
        **look,
    }
    if field.default is None:
        known |= {"tooltip": f"{low:g} is no limit", "continuous_update": False}
        return ipywidgets.BoundedIntText(value or 0, **known)
    if field.kind is int:
        return ipywidgets.IntSlider(value, **known)
    return ipywidgets.FloatSlider(value, step=0.01, **known)


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
