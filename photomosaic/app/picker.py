"""The dialog in which a folder or a file of this computer is chosen, or one is uploaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from nicegui import ui

from photomosaic.app.forms import Control
from photomosaic.app.places import VIDEO_SUFFIXES, Entries, Places
from photomosaic.errors import PhotomosaicError
from photomosaic.images.kinds import PHOTO_SUFFIXES

MOST_SHOWN = 500
LARGEST_UPLOAD = 4 << 30
# Which files are offered for options that take neither a picture nor a video.
OTHER_SUFFIXES = {
    "music": frozenset(".mp3 .m4a .aac .flac .ogg .opus .wav .mp4 .mov .mkv".split()),
    "font": frozenset(".ttf .otf .ttc".split()),
    "exclude_from": frozenset({".txt"}),
    "corrections": frozenset({".json", ".csv"}),
}


class Picker:
    """The dialog.

    Parameters
    ----------
    places : Places
    """

    def __init__(self, places: Places) -> None:
        self._places = places
        self._dialog = ui.dialog().classes("picker")
        self._suffixes: frozenset[str] = PHOTO_SUFFIXES
        self._control: Control | None = None
        self._chosen: Callable[[Path], None] = lambda _: None
        with self._dialog, ui.card().classes("sheet"):
            with ui.element("div").classes("beside"):
                self._title = ui.label().classes("title")
                ui.button(icon="close", on_click=self._dialog.close).props(
                    'flat round dense aria-label="Close"'
                )
            self._roots = ui.element("div").classes("roots")
            self._where = ui.label().classes("where")
            self._list = ui.list().props("dense").classes("entries")
            self._foot = ui.element("div").classes("foot")

    def open(
        self, control: Control, script: str, start: str, chosen: Callable[[Path], None]
    ) -> None:
        """Open the dialog.

        Parameters
        ----------
        control : Control
            Of the option for which something is chosen.
        script : str
        start : str
            The path that is chosen now; empty for none.
        chosen : callable
            Takes the path that is chosen.
        """
        self._control, self._chosen = control, chosen
        of_video = script == "video" and control.name == "target"
        self._suffixes = OTHER_SUFFIXES.get(
            control.name, VIDEO_SUFFIXES if of_video else PHOTO_SUFFIXES
        )
        self._title.text = control.label
        folder = Path(start) if start else self._places.roots[0]
        if not folder.is_dir() or (
            start and control.is_folder and folder not in self._places.roots
        ):
            folder = folder.parent
        try:
            self._places.checked(folder)
        except PhotomosaicError:
            folder = self._places.roots[0]
        self._show_roots()
        self._show(folder)
        self._dialog.open()

    def _show_roots(self) -> None:
        self._roots.clear()
        with self._roots:
            for root in (*self._places.roots, self._places.savedir):
                name = "Results" if root == self._places.savedir else root.name or str(root)
                name = "Home" if root == Path.home() else name
                ui.button(name, on_click=partial(self._show, root)).props("flat dense no-caps")

    def _show(self, folder: Path) -> None:
        try:
            entries = self._places.entries(folder, self._suffixes)
        except PhotomosaicError as error:
            ui.notify(str(error), type="negative")
            return
        self._where.text = str(entries.folder)
        self._list.clear()
        with self._list:
            self._show_entries(entries)
        self._foot.clear()
        with self._foot:
            self._show_foot(entries)

    def _show_entries(self, entries: Entries) -> None:
        above = self._places.parent(entries.folder)
        if above is not None:
            self._entry("arrow_upward", "..", partial(self._show, above))
        for name in entries.folders[:MOST_SHOWN]:
            path = entries.folder / name
            self._entry("folder", name, partial(self._show, path))
        if self._control is not None and not self._control.is_folder:
            for name in entries.files[:MOST_SHOWN]:
                path = entries.folder / name
                self._entry(
                    "movie" if self._suffixes is VIDEO_SUFFIXES else "image",
                    name,
                    partial(self._choose, path),
                )
        if len(entries.folders) > MOST_SHOWN or len(entries.files) > MOST_SHOWN:
            ui.label(f"Only the first {MOST_SHOWN} are shown.").classes("hint")

    def _entry(self, icon: str, name: str, click: Callable[[], None]) -> None:
        with ui.item(on_click=click):
            with ui.item_section().props("avatar"):
                ui.icon(icon)
            with ui.item_section():
                ui.item_label(name)

    def _show_foot(self, entries: Entries) -> None:
        if self._control is not None and self._control.is_folder:
            photos = f"{entries.photos:,} photos" if entries.photos else "no photo in it itself"
            ui.label(photos).classes("hint")
            ui.button("Use this folder", on_click=partial(self._choose, entries.folder)).props(
                "unelevated no-caps color=primary"
            )
            return
        kinds = {PHOTO_SUFFIXES: "image/*", VIDEO_SUFFIXES: "video/*,image/gif"}
        accept = kinds.get(self._suffixes, ",".join(sorted(self._suffixes)))
        upload = ui.upload(
            on_upload=self._save_upload, auto_upload=True, max_file_size=LARGEST_UPLOAD
        )
        upload.props(f'accept="{accept}"').classes("hidden")
        ui.button("Upload from this device", icon="upload").props(
            "unelevated no-caps color=primary"
        ).on("click", js_handler=f"() => getElement({upload.id}).pickFiles()")

    async def _save_upload(self, event: Any) -> None:
        try:
            path = self._places.new_upload(event.file.name)
        except PhotomosaicError as error:
            ui.notify(str(error), type="negative")
            return
        await event.file.save(path)
        self._choose(path)

    def _choose(self, path: Path) -> None:
        self._dialog.close()
        self._chosen(path)
