"""A run on the page: how far it is, and then what it has made."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from urllib.parse import quote

from nicegui import ui

from photomosaic.app.job_process import Step
from photomosaic.app.results import Made, made_in, size_text
from photomosaic.app.running import Run

MOST_SHOWN = 24
LARGE_AT_MOST = 2


class RunCard:
    """A run, drawn again when its state changes.

    Parameters
    ----------
    run : Run
    dismiss : callable
        Takes the run when the user has seen enough of it.
    """

    def __init__(self, run: Run, dismiss: Callable[[Run], None]) -> None:
        self._run, self._dismiss = run, dismiss
        self._state = ""
        self._card = ui.element("section").classes("run")
        self.update()

    def update(self) -> None:
        """Show what has changed."""
        if self._state != self._run.state:
            self._state = self._run.state
            self._card.clear()
            self._card.classes(replace=f"run {self._state}")
            with self._card:
                self._draw()
        if self._state == "running":
            step = self._run.step
            self._what.text = step_text(step)
            share = step.done / step.total if step.total else None
            self._bar.props(remove="indeterminate" if share is not None else "")
            self._bar.props("indeterminate" if share is None else "")
            self._bar.value = share or 0

    def _draw(self) -> None:
        with ui.element("div").classes("beside"):
            ui.label(self._title()).classes("title")
            if self._state == "running":
                ui.button("Cancel", on_click=self._run.cancel).props("flat no-caps dense")
            else:
                ui.button(icon="close", on_click=lambda: self._dismiss(self._run)).props(
                    'flat round dense aria-label="Hide"'
                )
        if self._state == "running":
            self._bar = ui.linear_progress(show_value=False).props("rounded size=6px")
            self._what = ui.label().classes("hint")
            return
        if self._state == "failed":
            ui.label(self._run.error).classes("error").props('role="alert"')
        if self._state == "done":
            self._draw_made(made_in(self._run.folder))
        self._draw_more()

    def _title(self) -> str:
        run = self._run
        if run.state == "running":
            return run.title
        if run.state == "done":
            return f"{run.title}: made in {run.seconds:.0f}\N{NO-BREAK SPACE}s"
        return f"{run.title}: " + ("cancelled" if run.state == "cancelled" else "not made")

    def _draw_made(self, made: list[Made]) -> None:
        large = [each for each in made if each.show in ("picture", "video")]
        top = [each for each in large if "/" not in each.name][:LARGE_AT_MOST] or large[:1]
        for each in top:
            address = _address(self._run, each.name)
            if each.show == "picture":
                with ui.link(target=address, new_tab=True).classes("shown"):
                    ui.element("img").props(f'src="{address}" alt="{quote(each.name)}"')
            else:
                ui.element("video").props(f'src="{address}" controls loop playsinline').classes(
                    "shown"
                )
        frames = [each for each in large if each not in top][:MOST_SHOWN]
        if frames:
            with ui.element("div").classes("frames"):
                for each in frames:
                    address = _address(self._run, each.name)
                    with ui.link(target=address, new_tab=True):
                        ui.element("img").props(f'src="{address}" loading=lazy')
        self._draw_files(made)

    def _draw_files(self, made: list[Made]) -> None:
        listed = [each for each in made if "/" not in each.name or each.show == "page"]
        with ui.element("div").classes("files"):
            for each in listed[:MOST_SHOWN]:
                with ui.element("div").classes("beside"):
                    ui.label(each.name).classes("file")
                    if each.show != "page":
                        ui.label(size_text(each.size)).classes("hint")
                    address = _address(self._run, each.name)
                    if each.show != "none":
                        ui.link("Open", address, new_tab=True)
                    if each.show != "page":
                        ui.link("Download", f"{address}?download=1")
        if len(made) > 1:
            ui.link("Download all as a ZIP", f"results/{self._run.number}.zip").classes("all")

    def _draw_more(self) -> None:
        run = self._run
        words = [word for word in (*run.lines, *run.notes) if word]
        if words:
            # Advice is words; of all else, the result is what counts.
            opened = "--advise" in run.task.words
            folded = ui.expansion("Messages", value=opened)
            with folded.props("dense switch-toggle-side").classes("more"):
                for word in words:
                    ui.label(word).classes("message")
        script = run.task.command.script
        with ui.expansion("As a command").props("dense switch-toggle-side").classes("more"):
            ui.label(shlex.join(["python", f"{script}.py", *run.task.words])).classes("message")
        if run.state == "done":
            ui.label(f"In {run.folder}").classes("hint where")


def step_text(step: Step) -> str:
    """Return in words what is being done, and how far it is."""
    if not step.total:
        return f"{step.what} ..."
    units = f" {step.unit}s" if step.unit else ""
    return f"{step.what}: {step.done:,} of {step.total:,}{units}"


def _address(run: Run, name: str) -> str:
    return f"results/{run.number}/{quote(name)}"
