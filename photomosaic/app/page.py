"""The page: tabs of tools, what a tool is made of, its options, its preview and its runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nicegui import ui

from photomosaic.app.controls import show_control
from photomosaic.app.forms import Control
from photomosaic.app.picker import Picker
from photomosaic.app.run_card import RunCard, step_text
from photomosaic.app.running import Run
from photomosaic.app.session import Session, Tool
from photomosaic.errors import PhotomosaicError

SECONDS_BETWEEN_LOOKS = 0.2
STYLE = Path(__file__).with_name("page.css")
RUNS_SHOWN = 5
HOW = {
    "Mosaic": "Choose a picture and a folder of photos. The mosaic appears here.",
    "GIF": "A picture at many scales, as a GIF. Choose a picture, photos and the scales.",
    "Video": "A mosaic of every frame of a video, with its sound. Choose a video and photos.",
    "Faces": "One person through the years. Choose photos to search, and some of that person.",
    "Slideshow": "The pictures of a folder as a GIF or film. Choose the folder.",
}


class Page:
    """One window of the page.

    Parameters
    ----------
    session : Session
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cards: dict[int, RunCard] = {}
        self._hidden: set[int] = set()
        self._due = True
        self._drawn = -1
        ui.add_css(STYLE)
        ui.colors(primary="#1f6f5c")
        self._picker = Picker(session.places)
        with ui.element("header").classes("top"):
            ui.label("Photomosaic").classes("name")
            tabs = ui.tabs()
            with tabs.props("no-caps inline-label dense outside-arrows mobile-arrows"):
                for tool in session.tools:
                    ui.tab(tool.name, icon=tool.icon)
            tabs.value = session.tool
            tabs.on_value_change(lambda event: self._switch(event.value))
        self._main = ui.element("main").classes("tool")
        self._show_tool()
        ui.timer(SECONDS_BETWEEN_LOOKS, self._update)

    @property
    def _tool(self) -> Tool:
        return next(tool for tool in self._session.tools if tool.name == self._session.tool)

    def _switch(self, name: str) -> None:
        self._session.tool = name
        self._show_tool()

    def _show_tool(self) -> None:
        self._main.clear()
        self._cards.clear()
        self._due, self._drawn = True, -1
        with self._main:
            self._sources = ui.element("section").classes("sources")
            with ui.element("section").classes("stage"):
                self._runs = ui.element("div").classes("runs")
                self._show_stage()
            with ui.element("section").classes("settings"):
                self._show_options()
            with ui.element("div").classes("go"):
                self._show_button()
        self._show_sources()

    def _show_sources(self) -> None:
        self._sources.clear()
        values = self._session.values[self._tool.name]
        with self._sources:
            for control in self._tool.form.controls:
                if control.name in self._tool.sources:
                    self._show_source(control, str(values[control.name] or ""))

    def _show_source(self, control: Control, path: str) -> None:
        label = (
            "Video" if self._tool.name == "Video" and control.name == "target" else control.label
        )
        with (
            ui.button(on_click=lambda: self._pick(control)).props("flat no-caps").classes("source")
        ):
            ui.icon("photo_library" if control.is_folder else "image")
            with ui.element("div").classes("words"):
                ui.label(label).classes("label")
                needed = "choose" if control.required else "choose, if you like"
                ui.label(Path(path).name if path else f"{needed} ...").classes("chosen")
            ui.icon("chevron_right")

    def _show_options(self) -> None:
        tool = self._tool
        others = [each for each in tool.form.controls if each.name not in tool.sources]
        self._show_controls([each for each in others if each.main and not _is_plain_output(each)])
        rest = [each for each in others if not each.main and not _is_plain_output(each)]
        folded = ui.expansion("All options").props("dense").classes("more all-options")
        _fill_when_opened(folded, lambda: self._show_groups(rest))

    def _show_groups(self, controls: Sequence[Control]) -> None:
        by_heading: dict[str, list[Control]] = {}
        for control in controls:
            by_heading.setdefault(control.heading, []).append(control)
        for heading, members in by_heading.items():
            title = heading[:1].upper() + heading[1:]
            folded = ui.expansion(title).props("dense").classes("group")
            _fill_when_opened(folded, partial(self._show_controls, members))

    def _show_controls(self, controls: Sequence[Control]) -> None:
        values = self._session.values[self._tool.name]
        for control in controls:
            show_control(control, values[control.name], self._enter, self._pick)

    def _show_stage(self) -> None:
        with ui.element("figure").classes("preview"):
            self._picture = ui.element("img").props('alt="Preview"')
            self._empty = ui.label(HOW[self._tool.name]).classes("empty")
            self._bar = ui.linear_progress(show_value=False).props("indeterminate size=3px")
            self._words = ui.element("figcaption").classes("hint")
            with self._words:
                self._words_label = ui.label()
        self._picture.visible = self._bar.visible = False

    def _show_button(self) -> None:
        self._problem = ui.label().classes("error").props('role="alert"')
        self._problem.visible = False
        with ui.element("div").classes("buttons"):
            make = ui.button(self._tool.button, on_click=lambda: self._start())
            make.props("unelevated no-caps color=primary").classes("make")
            self._buttons = [make]
            if self._tool.form.command.script == "mosaic":
                advise = ui.button("Advice", on_click=lambda: self._start("--advise"))
                advise.props("outline no-caps color=primary")
                advise.tooltip("How it would look, and what the photos lack")
                self._buttons.append(advise)

    def _enter(self, name: str, value: object) -> None:
        self._session.enter(self._tool, name, value)
        self._due = True

    def _pick(self, control: Control) -> None:
        tool = self._tool

        def chosen(path: Path) -> None:
            self._enter(control.name, str(path))
            if control.name in tool.sources:
                self._show_sources()
            else:
                self._show_tool()

        start = str(self._session.values[tool.name][control.name] or "")
        self._picker.open(control, tool.form.command.script, start, chosen)

    def _start(self, *words: str) -> None:
        try:
            self._session.start(self._tool, *words)
        except PhotomosaicError as error:
            self._show_problem(str(error).removesuffix(" (see --help)"))
            return
        self._show_problem("")
        ui.run_javascript("document.querySelector('.stage').scrollIntoView({behavior: 'smooth'})")

    def _show_problem(self, text: str) -> None:
        self._problem.text, self._problem.visible = text, bool(text)

    def _hide(self, run: Run) -> None:
        self._hidden.add(run.number)
        self._cards.clear()
        self._runs.clear()

    def _update(self) -> None:
        """Show what has changed meanwhile."""
        session = self._session
        running = session.running
        if running is None:
            session.preview.pause(paused=False)
        for button in self._buttons:
            button.set_enabled(running is None)
        for run in self._runs_shown():
            if run.number in self._cards:
                self._cards[run.number].update()
                continue
            with self._runs:
                self._cards[run.number] = RunCard(run, self._hide)
        if self._due:
            self._due = False
            session.show_preview(self._tool)
        self._show_preview()

    def _runs_shown(self) -> list[Run]:
        """Return the latest runs of the tool, and the one that is not at its end."""
        script = self._tool.form.command.script
        shown = [
            run
            for run in self._session.runs
            if run.state == "running" or run.task.command.script == script
        ]
        return [run for run in shown if run.number not in self._hidden][-RUNS_SHOWN:]

    def _show_preview(self) -> None:
        preview = self._session.preview
        mosaic = self._tool.form.command.script == "mosaic"
        picture = preview.picture if mosaic else None
        step = preview.step if mosaic else None
        self._picture.visible, self._empty.visible = picture is not None, picture is None
        self._bar.visible = step is not None
        if picture is not None and picture.number != self._drawn:
            self._drawn = picture.number
            self._picture.props(f'src="preview/{picture.number}.jpg"')
        problem = preview.error if mosaic else ""
        self._empty.text = problem or ("Making a preview ..." if step else HOW[self._tool.name])
        self._empty.classes(add="error" if problem else "", remove="" if problem else "error")
        words = f"Preview: {picture.words}" if picture else ""
        self._words_label.text = step_text(step) if step else words


def _is_plain_output(control: Control) -> bool:
    """Tell whether an option only says where results go, which the page decides."""
    return control.kind == "output" and control.name == "savedir"


def _fill_when_opened(folded: ui.expansion, fill: Callable[[], None]) -> None:
    """Let the widgets in a fold be made when it is first opened, so that the page comes sooner."""
    filled = False

    def change(event: Any) -> None:
        nonlocal filled
        if event.value and not filled:
            filled = True
            with folded:
                fill()

    folded.on_value_change(change)
