"""The workers of a Dask cluster."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic

from photomosaic.errors import InputError
from photomosaic.parallel.signals import signals_blocked
from photomosaic.parallel.workers import Item, Result
from photomosaic.versions import versions

if TYPE_CHECKING:
    from distributed import Client, Future

LOCAL = "local:"
# A batch is sent as one. After so many seconds its worker returns what is done, and the rest is a
# new batch: so progress is seen, little is lost with a worker, and Ctrl-C soon ends all.
ITEMS_OF_BATCH = 200
SECONDS_OF_BATCH = 2.0
BATCHES_OF_THREAD = 4
BATCHES_AHEAD = 2
# An item that ended so many workers is given up.
DEATHS = 3
SECONDS_TO_ANSWER = 15
# Dask has memory returned at once, which costs a sixth of the time of reading large photos.
ENVIRONMENT = "distributed.nanny.pre-spawn-environ"
LARGE_BLOCKS = {
    "MALLOC_TRIM_THRESHOLD_": 256 << 20,
    "MALLOC_MMAP_THRESHOLD_": 256 << 20,
    "OMP_NUM_THREADS": 1,
}
# Those with a level of their own; what matters of what they say is raised.
LOGGERS = ("distributed", "distributed.client", "distributed.gc", "tornado", "tornado.application")
# What decides on the pixels of a decoded picture.
PACKAGES = ("numpy", "opencv-python", "pillow", "pillow-heif", "tifffile", "imagecodecs")


class Cluster(AbstractContextManager["Cluster"]):
    """A Dask cluster that this process connects to when it first has work for it.

    Parameters
    ----------
    address : str
        Of a scheduler, or "local:N" for N processes of this computer, which end with the block.
    roots : sequence of (str, str)
        Folders of this computer, and what they are called on the workers.
    """

    def __init__(self, address: str, roots: Sequence[tuple[str, str]] = ()) -> None:
        self.address = address
        self._roots = tuple(roots)
        self._stack = ExitStack()
        self._client: Client | None = None
        self._checked: set[str] = set()

    def __exit__(self, *error: object) -> None:
        """Cancel what runs there, and disconnect."""
        self._client = None
        self._checked.clear()
        self._stack.close()

    def path(self, path: str) -> str:
        """Return what the workers call a file of this computer."""
        for local, remote in self._roots:
            if path.startswith(local.rstrip("/") + "/"):
                return remote.rstrip("/") + path[len(local.rstrip("/")) :]
        return path

    def client(self, packages: Sequence[str] = ()) -> Client:
        """Return the connection.

        Raises
        ------
        InputError
            If there is no such cluster, or if it has other versions than this process, of this
            toolkit or of the packages.
        """
        if self._client is None:
            self._client = self._connected()
        wanted = {*PACKAGES, *packages}
        if not wanted <= self._checked:
            self._check(self._client, wanted)
            self._checked |= wanted
        return self._client

    def threads(self, packages: Sequence[str] = ()) -> int:
        """Return how many items are worked on at once; raises as `client`."""
        threads: dict[str, int] = self.client(packages).nthreads()
        return max(1, sum(threads.values()))

    def _connected(self) -> Client:
        try:
            import dask
            from distributed import Client, LocalCluster
        except ModuleNotFoundError as error:
            raise InputError(
                f"{self.address}: needs Dask; install it with"
                " pip install -r requirements-cluster.txt"
            ) from error
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        if not self.address.startswith(LOCAL):
            try:
                client = Client(self.address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
            except (OSError, ValueError) as error:
                raise InputError(f"{self.address}: no Dask scheduler answers there") from error
            return self._stack.enter_context(client)
        # Ctrl-C is for this process alone, which ends the others.
        with signals_blocked(), dask.config.set({ENVIRONMENT: LARGE_BLOCKS}):
            cluster = LocalCluster(
                n_workers=int(self.address.removeprefix(LOCAL)),
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"allowed_failures": 0},
            )
        self._stack.enter_context(cluster)
        return self._stack.enter_context(Client(cluster, set_as_default=False))

    def _check(self, client: Client, packages: set[str]) -> None:
        if self.address.startswith(LOCAL):
            return
        try:
            client.wait_for_workers(1, timeout=SECONDS_TO_ANSWER)
        except TimeoutError as error:
            raise InputError(
                f"{self.address}: has no worker; start one with dask worker"
            ) from error
        try:
            others = {"the scheduler": client.run_on_scheduler(versions, packages)}
            others |= client.run(versions, packages)
        except Exception as error:
            # The scheduler hands on an error of a worker as text.
            if "No module named" not in str(error):
                raise
            raise InputError(
                f"{self.address}: scheduler or workers do not find this toolkit; start them in its"
                " folder, with its environment and PYTHONPATH=."
            ) from error
        check_versions(self.address, versions(packages), others)


def check_versions(
    address: str, here: Mapping[str, str], others: Mapping[str, Mapping[str, str]]
) -> None:
    """Raise `InputError` if a process of a cluster has another version than this one."""
    for process, there in others.items():
        for name, version in here.items():
            if there.get(name) != version:
                raise InputError(
                    f"{address}: {process} has {name} {there.get(name, 'not at all')}, and this"
                    f" computer {version}; install the same"
                )


@dataclass(frozen=True)
class ClusterWorkers(Generic[Item, Result]):
    """The workers of a cluster.

    A batch whose worker dies is done again, its first items one by one while nothing else runs. So
    an item that ends workers is known.

    Attributes
    ----------
    cluster : Cluster
    lost : callable
        Returns what stands for an item that ended `DEATHS` workers or more.
    packages : sequence of str
        Those whose versions decide on the results, besides `PACKAGES`.
    batch : int
        The most items that are sent as one.
    """

    cluster: Cluster
    lost: Callable[[Item], Result]
    packages: tuple[str, ...] = ()
    batch: int = ITEMS_OF_BATCH

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Generator[Result]:
        """Do as `Processes.map`; raises as `Cluster.client`."""
        threads, size = self.cluster.threads(self.packages), 1
        if isinstance(items, Sequence):
            size = max(1, min(self.batch, len(items) // (BATCHES_OF_THREAD * threads)))
        remaining = iter(items)
        run = _Run(self.cluster.client(self.packages), function, self.lost)
        try:
            while batch := list(islice(remaining, size)):
                run.append(batch)
                while len(run.pending) >= BATCHES_AHEAD * threads:
                    yield from run.next()
            while run.pending:
                yield from run.next()
        finally:
            run.cancel()


class _Run(Generic[Item, Result]):
    """Batches on their way, in order."""

    def __init__(
        self,
        client: Client,
        function: Callable[[Item], Result],
        lost: Callable[[Item], Result],
    ) -> None:
        self.pending: deque[tuple[Sequence[Item], Future]] = deque()
        self._client, self._lost, self._name = client, lost, secrets.token_hex(8)
        # Made known to the workers as a result, which each gets once, and again if it is lost.
        self._function = client.submit(_itself, function, pure=False)

    def append(self, items: Sequence[Item]) -> None:
        self.pending.append((items, self._submitted(items)))

    def cancel(self) -> None:
        if self.pending and self._client.status == "running":
            self._client.run(_cancel, self._name, on_error="ignore")
            self._client.cancel([future for _, future in self.pending], force=True)

    def next(self) -> Iterator[Result]:
        """Yield the results of the first batch, or of its first items."""
        from distributed import KilledWorker

        items, future = self.pending[0]
        try:
            made = future.result()
        except KilledWorker as error:
            self.pending.popleft()
            yield from self._one_by_one(items, error.allowed_failures + 1)
            return
        self.pending.popleft()
        self._put_first(items[len(made) :])
        yield from made

    def _one_by_one(self, items: Sequence[Item], deaths: int) -> Iterator[Result]:
        """Yield the results of as many items as a batch has time for, or up to a deadly one."""
        for _, future in self.pending:
            future.exception()  # waits until it is done, or failed
        until, done, deadly = time.monotonic() + SECONDS_OF_BATCH, 0, False
        while done < len(items) and not deadly and time.monotonic() < until:
            result, deadly = self._alone(items[done], deaths)
            done += 1
            yield result
        self._put_first(items[done:])

    def _alone(self, item: Item, deaths: int) -> tuple[Result, bool]:
        """Return the result of an item, and whether it was given up."""
        from distributed import KilledWorker

        while True:
            future = self._submitted([item])
            try:
                return future.result()[0], False
            except KilledWorker as error:
                deaths += error.allowed_failures + 1
                if deaths >= DEATHS:
                    return self._lost(item), True

    def _put_first(self, items: Sequence[Item]) -> None:
        if items:
            self.pending.appendleft((items, self._submitted(items, priority=1)))

    def _submitted(self, items: Sequence[Item], priority: int = 0) -> Future:
        submit: Any = self._client.submit
        work = _each, self._function, list(items), SECONDS_OF_BATCH, self._name
        return submit(*work, pure=False, priority=priority)


# In a worker: the runs that were cancelled, and the one that a thread works for.
_unwanted: set[str] = set()
_runs = threading.local()


def _cancel(name: str) -> None:
    _unwanted.add(name)


def check_wanted() -> None:
    """Raise `CancelledError` if what this worker is at was cancelled; for items that take long."""
    if getattr(_runs, "name", None) in _unwanted:
        raise CancelledError


def _itself(function: Callable[[Item], Result]) -> Callable[[Item], Result]:
    return function


def _each(
    function: Callable[[Item], Result], items: Sequence[Item], seconds: float, name: str
) -> list[Result]:
    """Return the results of the first items, as many as there is time for."""
    _runs.name = name
    until, made = time.monotonic() + seconds, [function(items[0])]
    while len(made) < len(items) and time.monotonic() < until:
        made.append(function(items[len(made)]))
    return made
