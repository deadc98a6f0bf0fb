from __future__ import annotations

import itertools
import threading

import pytest

from photomosaic.parallel.workers import ITEMS_AHEAD, Threads

SECONDS = 20


def test_results_come_in_the_order_of_the_items():
    second_is_done = threading.Event()

    def work(item):
        if item == 0:
            assert second_is_done.wait(SECONDS)
        if item == 1:
            second_is_done.set()
        return item * item

    assert list(Threads(2).map(work, range(100))) == [item * item for item in range(100)]


def test_all_workers_are_at_work_at_once():
    meeting = threading.Barrier(3, timeout=SECONDS)
    assert sorted(Threads(3).map(lambda _: meeting.wait(), range(3))) == [0, 1, 2]


def test_no_item_no_result():
    assert list(Threads(2).map(abs, [])) == []


@pytest.mark.parametrize("workers", [1, 3])
def test_few_items_are_taken_ahead(workers):
    taken = itertools.count()
    results = Threads(workers).map(lambda item: item, taken)
    for number in range(5):
        assert next(results) == number
    results.close()
    assert next(taken) == 4 + workers * ITEMS_AHEAD


def test_nothing_is_begun_before_it_is_asked_for():
    taken = itertools.count()
    results = Threads(2).map(lambda item: item, taken)
    results.close()
    assert next(taken) == 0


class WorkError(Exception):
    pass


@pytest.fixture
def begun():
    """Return a list of items begun, and work that raises on 0 and holds 1 until all is over."""
    items = []
    over = threading.Event()
    # Long enough for the waiting items to be called off while the worker is still busy.
    timer = threading.Timer(0.5, over.set)
    timer.start()

    def work(item):
        items.append(item)
        if item == 0:
            raise WorkError
        assert over.wait(SECONDS)

    yield items, work
    timer.cancel()


def test_an_error_is_raised_and_the_rest_called_off(begun):
    items, work = begun
    taken = itertools.count()
    with pytest.raises(WorkError):
        list(Threads(1).map(work, taken))
    assert items in ([0], [0, 1])
    assert next(taken) == ITEMS_AHEAD


def test_the_rest_is_called_off_when_the_caller_stops(begun):
    items, work = begun
    results = Threads(1).map(lambda item: item and work(item), range(1000))
    assert next(results) == 0
    results.close()
    assert items in ([], [1])


def test_an_error_of_the_items_is_raised():
    def items():
        yield from range(20)
        raise WorkError

    with pytest.raises(WorkError):
        list(Threads(1).map(lambda item: item, items()))


def test_an_error_keeps_the_results_before_it():
    results = Threads(2).map(lambda item: 6 // (3 - item), range(10))
    assert list(itertools.islice(results, 3)) == [2, 3, 6]
    with pytest.raises(ZeroDivisionError):
        next(results)
