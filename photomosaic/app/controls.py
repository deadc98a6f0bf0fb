"""The widgets of a form: one for each option, with its name, a word on it, and its value."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nicegui import ui

from photomosaic.app.forms import UNSET, Control, placeholder

Enter = Callable[[str, object], None]
Pick = Callable[[Control], None]

STEPS = 100


def show_control(control: Control, value: object, enter: Enter, pick: Pick) -> None:
    """Show the widget of an option.

    Parameters
    ----------
    control : Control
    value : object
        What it shows first.
    enter : callable
        Takes the name of an option and what was entered.
    pick : callable
        Takes the control of a path, for which a folder or file is to be chosen.
    """
    with ui.element("div").classes("control").props(f'data-option="{control.name}"'):
        if control.kind in ("switch", "output"):
            _switch(control, value, enter)
        elif control.kind == "slider":
            _slider(control, value, enter)
        else:
            _show_field(control, value, enter, pick)


def _switch(control: Control, value: object, enter: Enter) -> None:
    with ui.element("div").classes("beside"):
        _words(control)
        ui.switch(value=bool(value), on_change=lambda event: enter(control.name, event.value))


def _slider(control: Control, value: object, enter: Enter) -> None:
    whole = control.field is not None and control.field.kind is int
    step = 1 if whole else (control.high - control.low) / STEPS
    with ui.element("div").classes("beside"):
        _words(control)
        shown = ui.label(_number(value)).classes("value")

    def change(event: Any) -> None:
        number = int(event.value) if whole else round(event.value, 4)
        shown.text = _number(number)
        enter(control.name, number)

    ui.slider(
        min=control.low, max=control.high, step=step, value=_float(value), on_change=change
    ).props(f'aria-label="{control.label}" throttle=100')


def _show_field(control: Control, value: object, enter: Enter, pick: Pick) -> None:
    """Show a box to type or choose in, with its words above."""
    _words(control)

    def change(event: Any) -> None:
        enter(control.name, UNSET if event.value is None else event.value)

    if control.kind == "choice":
        choices = list(control.choices)
        chosen = value if value in choices else None
        clearable = control.default == UNSET
        box: Any = ui.select(choices, value=chosen, on_change=change, clearable=clearable)
    elif control.kind == "number":
        box = _number_box(control, value, enter)
    elif control.kind == "path":
        name = Path(str(value)).name if value else "choose ..."
        box = ui.button(name, on_click=lambda: pick(control)).classes("choose")
        box.props(
            "flat no-caps align=left icon=" + ("folder" if control.is_folder else "description")
        )
        return
    elif control.kind == "lines":
        box = ui.textarea(value=str(value), placeholder="one on each line", on_change=change)
        box.props("autogrow")
    else:
        box = ui.input(value=str(value), placeholder=placeholder(control), on_change=change)
    box.props(f'outlined dense debounce=250 aria-label="{control.label}"').classes("box")


def _number_box(control: Control, value: object, enter: Enter) -> Any:
    """Return a box for a number that tells at once which numbers there may be."""
    field = control.field
    limits = field.option.limits if field else None
    whole = bool(limits and limits.whole)

    def change(event: Any) -> None:
        number = event.value
        if number is not None and whole and float(number).is_integer():
            number = int(number)
        enter(control.name, UNSET if number is None else number)

    def is_allowed(number: float | None) -> bool:
        return number is None or limits is None or number in limits

    number = value if isinstance(value, int | float) else None
    most = limits.high if limits and not math.isinf(limits.high) else None
    return ui.number(
        value=number,
        placeholder=placeholder(control),
        max=most,
        step=1 if whole else 0.1,
        on_change=change,
        validation={f"Enter {limits}": is_allowed},
    ).props("hide-bottom-space")


def _words(control: Control) -> None:
    with ui.element("div").classes("words"):
        ui.label(control.label).classes("label")
        if _sentence(control.hint) != control.label:
            ui.label(_sentence(control.hint)).classes("hint")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else ""
