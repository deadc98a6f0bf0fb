"""A cache of compiled code for later runs; damaged code is compiled anew.

numba's files of code crash a run if they are damaged, and they are pickles, which can run any code.
So a file is read only if it is as it was written, in a folder that only the user may write to.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import pickle  # noqa: TID251 (the form of numba, read only as it was written)
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import FunctionCache
from numba.core.serialize import dumps

from photomosaic.files.regular import read_file

log = logging.getLogger(__name__)

DIGEST_BYTES = hashlib.sha256().digest_size


class NoCodeCacheError(Exception):
    """Code cannot be kept; the message says why."""


class CodeCache(FunctionCache):
    """The code of one function, a file for each signature.

    Raises
    ------
    NoCodeCacheError
        If there is no safe place for it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        try:
            super().__init__(function)  # type: ignore[no-untyped-call]
        except (OSError, RuntimeError) as error:
            raise NoCodeCacheError("no folder for it can be written") from error
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._sources = _sources(Path(function.__code__.co_filename).parent)
        self._folder = _own_folder(Path(self._cache_path))

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code for a signature, or None if it is not there as it was written."""
        target_context.refresh()
        key = self._key(sig, target_context.codegen())
        try:
            content = read_file(self._file(sig))
        except OSError:
            return None
        digest, code = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
        if digest != _digest(key, code):
            return None
        return self._impl.rebuild(target_context, pickle.loads(code))  # noqa: S301

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for a signature, if there is room for it."""
        if not self._impl.check_cachable(data):
            return
        code = dumps(self._impl.reduce(data))  # type: ignore[no-untyped-call]
        try:
            self._write(self._file(sig), _digest(self._key(sig, data.codegen), code) + code)
        except OSError as error:
            log.debug("the code of %s is not kept: %s", self._name, error)

    def _key(self, sig: Any, codegen: Any) -> bytes:
        index_key = self._index_key(sig, codegen)  # type: ignore[no-untyped-call]
        return repr((numba.__version__, sys.version, self._sources, index_key)).encode()

    def _file(self, sig: Any) -> Path:
        return self._folder / f"{self._name}-{hashlib.sha256(repr(sig).encode()).hexdigest()[:16]}"

    def _write(self, file: Path, content: bytes) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as open_file:
                open_file.write(content)
            Path(temporary).replace(file)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise


def _digest(key: bytes, code: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(key).digest() + code).digest()


@lru_cache
def _sources(folder: Path) -> str:
    """Return a digest of all modules of a folder: compiled code includes the functions it calls."""
    contents = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        contents.update(read_file(path))
    return contents.hexdigest()


@lru_cache
def _own_folder(folder: Path) -> Path:
    """Return a subfolder that only the user may write to, or raise `NoCodeCacheError`."""
    own = folder / f"photomosaic-{os.geteuid()}"
    try:
        own.mkdir(0o700, exist_ok=True)
        status = own.lstat()
    except OSError as error:
        raise NoCodeCacheError(f"{own}: {error.strerror}") from error
    if status.st_uid != os.geteuid() or not stat.S_ISDIR(status.st_mode):
        raise NoCodeCacheError(f"{own} is not a folder of yours")
    if status.st_mode & 0o022:
        raise NoCodeCacheError(f"others may write to {own}; delete it")
    return own
