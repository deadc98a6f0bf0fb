"""Jobs in processes of their own, followed and cancelled from the page."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from photomosaic.app.job_process import Step, Task, do_task

State = Literal["running", "done", "failed", "cancelled"]

SECONDS_TO_TIDY_UP = 10
MOST_NOTES = 200


class Run:
    """A job that runs in a process of its own.

    Attributes
    ----------
    number : int
    title : str
    task : Task
    folder : Path
        Holds all that is made.
    state : str
    step : Step
    lines, notes : list of str
        What the script would print at the end, and meanwhile.
    error : str
        Why it failed.
    seconds : float
        How long it took, when it has ended.
    """

    def __init__(self, number: int, title: str, task: Task, folder: Path) -> None:
        self.number, self.title, self.task, self.folder = number, title, task, folder
        self.state: State = "running"
        self.step = Step("starting")
        self.lines: list[str] = []
        self.notes: list[str] = []
        self.error = ""
        self.seconds = 0.0
        self._cancelled, self._begun = False, False
        self._since = time.monotonic()
        spawning = multiprocessing.get_context("spawn")
        receiving, sending = spawning.Pipe(duplex=False)
        self._process = spawning.Process(target=do_task, args=(task, sending), name=title)
        self._process.start()
        sending.close()
        self._follower = threading.Thread(target=self._follow, args=(receiving,), daemon=True)
        self._follower.start()

    def cancel(self) -> None:
        """Stop the job as Ctrl-C would, so that nothing half-done is left behind."""
        if self.state != "running" or self._process.pid is None:
            return
        self._cancelled, self.step = True, Step("stopping")
        if self._begun:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGINT)
        else:
            self._process.terminate()

    def close(self) -> None:
        """Cancel the job, wait a while, and end it."""
        self.cancel()
        self._process.join(SECONDS_TO_TIDY_UP)
        self._process.kill()
        self._follower.join()

    def wait(self, seconds: float) -> State:
        """Wait for the end, at most so many seconds, and return the state."""
        self._follower.join(seconds)
        return self.state

    def _follow(self, events: Connection) -> None:
        ended: State = "failed"
        # Until the process closes its end, be it only by being killed.
        with suppress(EOFError, OSError):
            while True:
                kind, value = events.recv()
                if kind == "begun":
                    self._begun = True
                elif kind == "step" and not self._cancelled:
                    self.step = value
                elif kind == "note":
                    self.notes = [*self.notes, value][-MOST_NOTES:]
                elif kind == "done":
                    self.lines, ended = value, "done"
                elif kind == "failed":
                    self.error = value
        self._process.join()
        events.close()
        self.seconds = time.monotonic() - self._since
        if ended != "done" and self._cancelled:
            ended = "cancelled"
        elif ended != "done" and not self.error:
            self.error = "the job was killed, perhaps for lack of memory"
        self.state = ended
