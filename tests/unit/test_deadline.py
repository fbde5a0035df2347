import threading
from contextvars import copy_context
from time import monotonic

import pytest

from qa.readers.deadline import NobodyWaitsError, awaited, until


def test_items_come_in_order():
    assert list(until(monotonic() + 60, lambda: iter(range(1000)))) == list(range(1000))


def test_an_error_comes_after_what_came_before_it():
    def work():
        yield 1
        raise ValueError("no")

    items = until(monotonic() + 60, work)
    assert next(items) == 1
    with pytest.raises(ValueError, match="no"):
        next(items)


def test_what_hangs_is_given_up():
    released, ended = threading.Event(), threading.Event()

    def work():
        try:
            yield 1
            released.wait(30)
            yield 2
            yield 3
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        list(until(monotonic() + 0.2, work))
    released.set()
    assert ended.wait(30)


def test_who_leaves_early_stops_the_work():
    ended = threading.Event()

    def work():
        try:
            while True:
                yield 1
        finally:
            ended.set()

    items = until(monotonic() + 30, work)
    assert next(items) == 1
    items.close()
    assert ended.wait(30)


def test_nothing_is_begun_for_one_who_has_left():
    begun = threading.Event()

    def work():
        begun.set()
        yield 1

    def after_leaving():
        with awaited():
            pass
        with pytest.raises(NobodyWaitsError):
            list(until(monotonic() + 30, work))

    copy_context().run(after_leaving)
    assert not begun.is_set()
