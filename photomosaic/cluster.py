"""Work spread over the workers of a Dask cluster, with results in order."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from photomosaic.errors import InputError
from photomosaic.versions import versions

if TYPE_CHECKING:
    from distributed import Client, Future

Item = TypeVar("Item")
Result = TypeVar("Result")

LOCAL = "local:"
# A batch is sent as one, and done again as one if its worker dies.
ITEMS_OF_BATCH = 200
BATCHES_OF_THREAD = 4
SECONDS_TO_ANSWER = 15
# What decides on the bytes of a thumbnail.
PACKAGES = ("numpy", "opencv-python", "pillow", "pillow-heif", "tifffile", "imagecodecs")


def in_cluster(
    scheduler: str,
    function: Callable[[Item], Result],
    items: Sequence[Item],
    lost: Callable[[Item], Result],
) -> Iterator[Result]:
    """Yield `function(item)` of each item in turn, computed by the workers of a cluster.

    A batch whose worker dies is done again by another. If that happens several times, its items are
    sent one by one, and what `lost` makes of an item stands for one that ends workers all the same.

    Parameters
    ----------
    scheduler : str
        Address of a Dask scheduler, or "local:N" for N processes of this computer.
    function : callable
        Of a module that the workers can import.
    items : sequence
    lost : callable

    Raises
    ------
    InputError
        If there is no such cluster, or if it has other versions than this process.
    """
    with _connected(scheduler) as client:
        from distributed import KilledWorker

        threads = max(1, sum(client.nthreads().values()))
        size = max(1, min(ITEMS_OF_BATCH, len(items) // (BATCHES_OF_THREAD * threads)))
        batches = [items[start : start + size] for start in range(0, len(items), size)]
        pending: deque[tuple[Sequence[Item], Future]] = deque()

        def results() -> Iterator[Result]:
            batch, future = pending.popleft()
            try:
                yield from future.result()
            except KilledWorker:
                for item in batch:
                    try:
                        yield from _submitted(client, function, [item]).result()
                    except KilledWorker:
                        yield lost(item)

        for batch in batches:
            pending.append((batch, _submitted(client, function, batch)))
            if len(pending) >= 2 * threads:
                yield from results()
        while pending:
            yield from results()


def _submitted(client: Client, function: Callable[[Item], Result], items: Sequence[Item]) -> Future:
    return client.submit(_each, function, list(items), pure=False)


def _each(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [function(item) for item in items]


@contextmanager
def _connected(scheduler: str) -> Iterator[Client]:
    """Connect to a scheduler, or start processes here; what runs there ends with the block."""
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise InputError(
            f"{scheduler}: needs Dask; install it with pip install -r requirements-cluster.txt"
        ) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if scheduler.startswith(LOCAL):
        count = int(scheduler.removeprefix(LOCAL))
        with (
            LocalCluster(
                n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            ) as cluster,
            Client(cluster, set_as_default=False) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{scheduler}: no Dask scheduler answers there") from error
    with client:
        _check_workers(client, scheduler)
        yield client


def _check_workers(client: Client, scheduler: str) -> None:
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_ANSWER)
    except TimeoutError as error:
        raise InputError(f"{scheduler}: has no worker; start one with dask worker") from error
    try:
        others = {"the scheduler": client.run_on_scheduler(versions, PACKAGES)}
        others |= client.run(versions, PACKAGES)
    except Exception as error:
        # The scheduler hands on an error of a worker as text.
        if "No module named" not in str(error):
            raise
        raise InputError(
            f"{scheduler}: scheduler or workers do not find this toolkit; start them in its folder,"
            " with its environment and PYTHONPATH=."
        ) from error
    _check_versions(scheduler, versions(PACKAGES), others)


def _check_versions(
    scheduler: str, here: Mapping[str, str], others: Mapping[str, Mapping[str, str]]
) -> None:
    for address, there in others.items():
        for name, version in here.items():
            if there.get(name) != version:
                raise InputError(
                    f"{scheduler}: {address} has {name} {there.get(name, 'not at all')}, and"
                    f" this computer {version}; install the same"
                )
