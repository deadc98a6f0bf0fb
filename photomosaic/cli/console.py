"""What a script shows: log lines and progress on stderr, results on stdout, errors in one line."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from types import FrameType
from typing import Any, TypeVar

from photomosaic.cli.causes import cause_of
from photomosaic.cli.command import Command
from photomosaic.cli.completion import complete
from photomosaic.cli.help import RED, YELLOW, has_colours, in_colour
from photomosaic.cli.parser import options_of
from photomosaic.cli.streams import secure_streams
from photomosaic.cli.waiting import WatchedClock, waits_named
from photomosaic.cli.words import log_notice
from photomosaic.errors import InputError, PhotomosaicError, naming
from photomosaic.files.names import printable_lines
from photomosaic.jobs.saving import MosaicSaved
from photomosaic.options.fields import flat
from photomosaic.options.photos import MessageOptions
from photomosaic.options.values import scheduler_address
from photomosaic.parallel.cluster import Cluster
from photomosaic.progress import Progress, Work, silent

T = TypeVar("T")

DEBUG_VARIABLE = "PHOTOMOSAIC_DEBUG"
INTERRUPTED = 130
TIDYING_SECONDS = 10.0
FAULT = 1

log = logging.getLogger("photomosaic")

SCHEDULER_VARIABLE = "DASK_SCHEDULER_ADDRESS"


def run(command: Command, argv: Sequence[str] | None = None) -> int:
    """Parse the options of a script, do its job, print its lines, and return the exit code."""
    parser = command.parser()
    complete(parser)
    return guarded(parser.prog, lambda: _do(command, parser.parse_args(argv)))


def _do(command: Command, arguments: argparse.Namespace) -> None:
    options: Any = options_of(command.options, arguments)
    messages: MessageOptions = options.messages
    _set_up_logging(messages)
    workers, notify = flat(options).get("workers", 1), partial(_notify, messages)
    clock = WatchedClock()
    cluster = _cluster(flat(options))
    work = Work(workers, _progress(messages, clock), clock, notify, cluster)
    waits = waits_named(clock) if _follows(messages) else nullcontext()
    with waits, cluster or nullcontext():
        lines = command.job(options, work)
    for line in lines:
        _print(line, messages)
    for stage, seconds in work.clock.seconds.items():
        log.debug("%-14s %8.3f s", stage, seconds)


def _cluster(options: Mapping[str, Any]) -> Cluster | None:
    """Return the cluster that the options or the environment name, if the script takes one."""
    if "scheduler" not in options:
        return None
    scheduler, roots = options["scheduler"], options["remote_root"]
    address = os.environ.get(SCHEDULER_VARIABLE)
    if scheduler is None and address:
        with naming(f"{SCHEDULER_VARIABLE}:"):
            scheduler = scheduler_address(address)
    if scheduler is not None:
        return Cluster(scheduler, roots)
    if roots:
        raise InputError("--remote-root needs --scheduler: it is for the workers of a cluster")
    return None


def guarded(name: str, body: Callable[[], None]) -> int:
    """Run a script's body, and turn what it raises into one line and an exit code.

    Returns 0 on success, 2 for what the user can mend, 130 after Ctrl-C, 1 for a fault of ours. A
    fault is shown in one line, with its traceback if the variable PHOTOMOSAIC_DEBUG is set. What
    cannot be shown, since a stream is closed or full, changes neither the work nor the exit code.
    Lines that libraries write to stderr are hidden.
    """
    debugging = bool(os.environ.get(DEBUG_VARIABLE))
    secure_streams(hide_libraries=not debugging)
    _tidy_up_when_stopped()
    try:
        body()
    except (Exception, KeyboardInterrupt) as error:
        if debugging and not isinstance(error, PhotomosaicError | KeyboardInterrupt):
            raise
        reason, exit_code = failure_of(error)
        return _failed(name, reason, exit_code)
    return 0


def failure_of(error: BaseException) -> tuple[str, int]:
    """Return what to tell of an error that ended a job, and the exit code."""
    if isinstance(error, PhotomosaicError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return "stopped; nothing half-done is left behind", INTERRUPTED
    if cause := cause_of(error):
        return cause, PhotomosaicError.exit_code
    advice = f"set {DEBUG_VARIABLE}=1 for the details"
    return f"a fault in this program: {type(error).__name__}: {error} ({advice})", FAULT


def _failed(name: str, reason: str, exit_code: int) -> int:
    head = in_colour(name, RED) if has_colours(sys.stderr) else name
    print(f"{head}: {printable_lines(reason)}", file=sys.stderr)
    return exit_code


def _tidy_up_when_stopped() -> None:
    """Treat signals that ask the process to end like Ctrl-C, so that nothing is left behind.

    `docker stop` sends one, and so does a terminal that is closed.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    asked: list[float] = []

    def stop(number: int, frame: FrameType | None) -> None:
        # A terminal that is closed says so twice, and the tidying is not to be stopped by it.
        if not asked or time.monotonic() - asked[-1] > TIDYING_SECONDS:
            asked.append(time.monotonic())
            signal.default_int_handler(number, frame)

    for name in ("SIGTERM", "SIGHUP", "SIGQUIT"):
        number = getattr(signal, name, None)
        # What is ignored, as with `nohup`, stays so.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


def _follows(messages: MessageOptions) -> bool:
    """Tell whether somebody follows the script on a terminal."""
    return not messages.quiet and sys.stderr.isatty()


def _progress(messages: MessageOptions, clock: WatchedClock) -> Progress:
    def bar(items: Iterable[T], *, total: int, what: str, unit: str) -> Iterable[T]:
        return clock.with_bar(_bar(items, total=total, what=what, unit=unit))

    return bar if _follows(messages) else silent


def _notify(messages: MessageOptions, notice: object) -> None:
    if isinstance(notice, MosaicSaved):
        _print(f"saved {notice.path}", messages)
    else:
        log_notice(notice)


def _print(line: str, messages: MessageOptions) -> None:
    if not messages.quiet:
        print(printable_lines(line))


def _bar(items: Iterable[T], *, total: int, what: str, unit: str) -> Iterable[T]:
    # Loaded here, since it takes longer to load than most warm runs need altogether.
    from tqdm import tqdm

    bar: Iterable[T] = tqdm(
        items, total=total, desc=what, unit=unit, leave=False, dynamic_ncols=True
    )
    return bar


class _LogHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes log lines above a progress bar, if one is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        tqdm = sys.modules.get("tqdm")
        if tqdm is None:
            super().emit(record)
        else:
            tqdm.tqdm.write(self.format(record), file=sys.stderr)


class _Formatter(logging.Formatter):
    """Puts the level before warnings and errors, and escapes control characters."""

    def format(self, record: logging.LogRecord) -> str:
        text = printable_lines(super().format(record))
        if record.levelno < logging.WARNING:
            return text
        level = record.levelname.lower()
        return f"{in_colour(level, YELLOW) if has_colours(sys.stderr) else level}: {text}"


def _set_up_logging(messages: MessageOptions) -> None:
    handler = _LogHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    log.handlers = [handler]
    log.propagate = False
    level = logging.DEBUG if messages.verbose else logging.INFO
    log.setLevel(logging.WARNING if messages.quiet else level)
    # Pillow's remarks on single files; what matters of them is listed with the file.
    warnings.filterwarnings("ignore", module="PIL")
