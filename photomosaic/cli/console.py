"""What a script shows: log lines and progress on stderr, results on stdout, errors in one line."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from photomosaic.cli.command import Command
from photomosaic.cli.parser import options_of
from photomosaic.cli.words import log_notice
from photomosaic.errors import PhotomosaicError
from photomosaic.images.names import printable_lines
from photomosaic.jobs.explorer import MosaicSaved
from photomosaic.options.fields import flat
from photomosaic.options.photos import MessageOptions
from photomosaic.progress import Progress, Work, silent

T = TypeVar("T")

DEBUG_VARIABLE = "PHOTOMOSAIC_DEBUG"
INTERRUPTED = 130
FAULT = 1

log = logging.getLogger("photomosaic")


def run(command: Command, argv: Sequence[str] | None = None) -> int:
    """Parse the options, do the job, print its lines, and return the exit code.

    Returns 0 on success, 2 for what the user can mend, 130 after Ctrl-C, 1 for a fault of ours. A
    fault is shown in one line, with its traceback if the variable PHOTOMOSAIC_DEBUG is set.
    """
    parser = command.parser()
    name = parser.prog
    if threading.current_thread() is threading.main_thread():
        # What asks the process to end, as `docker stop` does, is to tidy up like Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        options: Any = options_of(command.options, parser.parse_args(argv))
        messages: MessageOptions = options.messages
        _set_up_logging(messages)
        work = Work(
            flat(options).get("workers", 1), _progress(messages), notify=partial(_notify, messages)
        )
        for line in command.job(options, work):
            _print(line, messages)
        for stage, seconds in work.clock.seconds.items():
            log.debug("%-14s %8.3f s", stage, seconds)
        sys.stdout.flush()
    except PhotomosaicError as error:
        print(printable_lines(f"{name}: {error}"), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"{name}: stopped; nothing half-done is left behind", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAULT
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        kind = type(error).__name__
        advice = f"set {DEBUG_VARIABLE}=1 for the details"
        fault = f"{name}: a fault in this program: {kind}: {error} ({advice})"
        print(printable_lines(fault), file=sys.stderr)
        return FAULT
    return 0


def _progress(messages: MessageOptions) -> Progress:
    return silent if messages.quiet or not sys.stderr.isatty() else _bar


def _notify(messages: MessageOptions, notice: object) -> None:
    if isinstance(notice, MosaicSaved):
        _print(f"saved {notice.path}", messages)
    else:
        log_notice(notice)


def _print(line: str, messages: MessageOptions) -> None:
    if not messages.quiet:
        line = printable_lines(line)
        print(line.encode(sys.stdout.encoding or "utf-8", "backslashreplace").decode())


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
    """Puts the level before warnings and errors, and escapes what steers a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        text = printable_lines(super().format(record))
        return f"{record.levelname.lower()}: {text}" if record.levelno >= logging.WARNING else text


def _set_up_logging(messages: MessageOptions) -> None:
    handler = _LogHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    log.handlers = [handler]
    log.propagate = False
    level = logging.DEBUG if messages.verbose else logging.INFO
    log.setLevel(logging.WARNING if messages.quiet else level)
    # Pillow's remarks on single files; what matters of them is listed with the file.
    warnings.filterwarnings("ignore", module="PIL")
