"""What runs in the process of a job: the job of a script, with all that happens sent back."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from photomosaic.cli.command import Command
from photomosaic.cli.console import failure_of
from photomosaic.cli.parser import options_of
from photomosaic.cli.streams import secure_streams
from photomosaic.cli.waiting import WORDS
from photomosaic.cli.words import log_notice
from photomosaic.files.names import printable_lines
from photomosaic.options.fields import flat
from photomosaic.parallel.processes import end_with_parent
from photomosaic.progress import StageClock, Work

T = TypeVar("T")

SECONDS_BETWEEN_REPORTS = 0.1


@dataclass(frozen=True)
class Step:
    """What a job is at, in words, and how many of its items are done; 0 of 0 if that is unknown."""

    what: str
    done: int = 0
    total: int = 0
    unit: str = ""


@dataclass(frozen=True)
class Task:
    """What is to be done: a script's job with its options.

    Attributes
    ----------
    command : Command
    words : tuple of str
        As on its command line.
    defaults : mapping of str to object
        Of options that the words do not name, such as the places of outputs.
    """

    command: Command
    words: Sequence[str]
    defaults: Mapping[str, object]


class _Events:
    """The end of a pipe that all threads may send through."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, kind: str, value: object = None) -> None:
        """Send what has happened."""
        with self._lock:
            self._pipe.send((kind, value))


class _Teller:
    """Tells what the main thread is at: of loops in a loop the outer one, else the stage."""

    def __init__(self, events: _Events) -> None:
        self._events = events
        self._inside = False
        self._last = 0.0

    def stage(self, name: str) -> None:
        """Tell that a stage has begun."""
        if not self._inside and threading.current_thread() is threading.main_thread():
            self._tell(Step(WORDS.get(name, name)))

    def progress(self, items: Iterable[T], *, total: int, what: str, unit: str) -> Iterator[T]:
        """Hand on items, and tell how many are done."""
        if self._inside:
            yield from items
            return
        # A loop of one item tells less than what is in it.
        self._inside = total > 1
        self._tell(Step(what, 0, total, unit))
        try:
            for done, item in enumerate(items, start=1):
                yield item
                if time.monotonic() - self._last > SECONDS_BETWEEN_REPORTS:
                    self._tell(Step(what, done, total, unit))
        finally:
            self._inside = False

    def _tell(self, step: Step) -> None:
        self._last = time.monotonic()
        self._events.send("step", step)


class _ToldClock(StageClock):
    """A clock that tells which stage has begun."""

    def __init__(self, teller: _Teller) -> None:
        super().__init__()
        self._teller = teller

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time spent in the `with` block to the stage `name`."""
        self._teller.stage(name)
        with super().stage(name):
            yield


class _Telling(logging.Handler):
    """Sends what is logged."""

    def __init__(self, events: _Events) -> None:
        super().__init__()
        self._events = events

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):
            self._events.send("note", printable_lines(record.getMessage()))


def do_task(task: Task, pipe: Connection) -> None:
    """Do a job, and send what happens."""
    # As in a terminal, where Ctrl-C is meant for the page.
    os.setpgrp()
    end_with_parent()
    secure_streams(hide_libraries=True)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    events = _Events(pipe)
    try:
        events.send("begun")
        events.send("done", _lines(task, events))
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (told to the page)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        events.send("failed", printable_lines(failure_of(error)[0]))


def _lines(task: Task, events: _Events) -> list[str]:
    parser = task.command.parser()
    parser.set_defaults(**task.defaults)
    options: Any = options_of(task.command.options, parser.parse_args(task.words))
    log = logging.getLogger("photomosaic")
    log.handlers, log.propagate = [_Telling(events)], False
    log.setLevel(logging.INFO)

    teller, workers = _Teller(events), flat(options).get("workers", 1)
    work = Work(workers, teller.progress, _ToldClock(teller), log_notice)
    return [printable_lines(line) for line in task.command.job(options, work)]
