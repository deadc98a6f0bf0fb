"""What all windows of the page share: the places, what was entered, the preview and the runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from photomosaic.app.forms import Form
from photomosaic.app.job_process import Task
from photomosaic.app.places import Places
from photomosaic.app.preview import Preview
from photomosaic.app.running import Run
from photomosaic.cli.command import Command
from photomosaic.errors import InputError, PhotomosaicError
from photomosaic.files.names import printable
from photomosaic.options.photos import CacheOptions


@dataclass(frozen=True)
class Tool:
    """A script on the page: its word on the tab, what its button says, its form."""

    name: str
    button: str
    icon: str
    form: Form

    @property
    def sources(self) -> tuple[str, ...]:
        """The options that name what it is made of, those that must be given."""
        paths = [each for each in self.form.controls if each.main and each.kind == "path"]
        return tuple(each.name for each in paths)


class Session:
    """What all windows of the page share.

    Parameters
    ----------
    tools : sequence of Tool
    places : Places
    cache : CacheOptions
    """

    def __init__(self, tools: Sequence[Tool], places: Places, cache: CacheOptions) -> None:
        self.tools, self.places, self.cache = tuple(tools), places, cache
        self.values = {tool.name: tool.form.defaults for tool in tools}
        self.tool = tools[0].name
        self.runs: list[Run] = []
        self.preview = Preview()

    @property
    def running(self) -> Run | None:
        """The run that is not at its end."""
        return next((run for run in self.runs if run.state == "running"), None)

    def enter(self, tool: Tool, name: str, value: object) -> None:
        """Remember what was entered; what several tools are made of goes to all."""
        self.values[tool.name][name] = value
        photos = {"codebook_dir", "photos_dir"}
        if name in photos:
            for other in self.tools:
                for shared in photos & self.values[other.name].keys():
                    self.values[other.name][shared] = value

    def start(self, tool: Tool, *words: str) -> Run:
        """Start the job of a tool with what was entered, and these words besides, such as --advise.

        Raises
        ------
        InputError
            If an option cannot be used, or another job runs.
        """
        if self.running is not None:
            raise InputError(f"{self.running.title} is being made; wait for it, or cancel it")
        values = self.values[tool.name]
        self._check(tool, values)
        title = f"{'Advice on' if words else f'{tool.name} of'} {self._subject(tool)}"
        typed = [*tool.form.words(values), *words]
        # Refused before a folder is made for it.
        self.options(tool, typed, self.places.savedir)
        folder = self.places.new_folder(f"{tool.name.lower()}-{self._subject(tool)}")
        self.preview.pause(paused=True)
        defaults = self._defaults(tool, values, folder)
        run = Run(len(self.runs) + 1, title, Task(tool.form.command, typed, defaults), folder)
        self.runs.append(run)
        return run

    def show_preview(self, tool: Tool) -> None:
        """Ask for the preview of what was entered, if the tool has one."""
        values = self.values[tool.name]
        if tool.form.command.script != "mosaic" or not all(
            values.get(name) for name in ("target", "codebook_dir")
        ):
            self.preview.request(None)
            return
        try:
            self._check(tool, values)
            options = self.options(tool, tool.form.words(values), self.places.savedir)
        except PhotomosaicError as error:
            self.preview.request(None, str(error))
            return
        self.preview.request(_plain(options))

    def options(self, tool: Tool, words: Sequence[str], folder: Path) -> Any:
        """Return the typed options of a tool, with outputs in a folder."""
        values = self.values[tool.name]
        return tool.form.options(words, self._defaults(tool, values, folder))

    def close(self) -> None:
        """End what is being done."""
        for run in self.runs:
            run.close()
        self.preview.close()

    def _defaults(self, tool: Tool, values: Mapping[str, object], folder: Path) -> dict[str, Any]:
        found = tool.form.outputs(values, folder)
        if tool.form.command.script != "create_gif_from_photos_folder":
            found |= {"cache_dir": self.cache.cache_dir, "no_cache": self.cache.no_cache}
        return found

    def _check(self, tool: Tool, values: Mapping[str, object]) -> None:
        """Raise `InputError` for what is missing, or outside of the places."""
        for each in tool.form.controls:
            value = values.get(each.name)
            if each.kind == "path" and value:
                self.places.checked(Path(str(value)))
            elif each.required and not value:
                what = "choose one" if each.kind == "path" else "enter a number"
                what = "choose a folder" if each.is_folder else what
                raise InputError(f"{each.label}: {what}")

    def _subject(self, tool: Tool) -> str:
        values = self.values[tool.name]
        for name in ("target", "target_face_dir", "photos_dir"):
            if path := values.get(name):
                return printable(Path(str(path)).stem)
        return "photos"


def _plain(options: Any) -> Any:
    """Return the options of a mosaic without what a preview takes no notice of."""
    plain = {name: type(getattr(options, name))() for name in ("project", "mural", "film")}
    return replace(options, **plain)


def tools_of(commands: Mapping[str, Command]) -> list[Tool]:
    """Return the tools of the page, for the commands of the scripts by name."""
    shown = (
        ("Mosaic", "mosaic", "grid_view"),
        ("GIF", "make_gif", "gif_box"),
        ("Video", "video", "movie"),
        ("Faces", "face_montage", "face"),
        ("Slideshow", "create_gif_from_photos_folder", "slideshow"),
    )
    buttons = {"Mosaic": "Make the mosaic", "GIF": "Make the GIF", "Video": "Make the video"}
    buttons |= {"Faces": "Make the montage", "Slideshow": "Make the slideshow"}
    return [
        Tool(name, buttons[name], icon, Form.of(commands[script])) for name, script, icon in shown
    ]
