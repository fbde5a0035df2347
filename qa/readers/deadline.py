"""Work that may hang, done in a thread of its own and given up at a deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from queue import Empty, Queue
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

T = TypeVar("T")
_END = object()
_LOOK_S = 0.2
"""How soon it is noticed that nobody waits any more."""


class NobodyWaitsError(Exception):
    """Whoever asked has left: there is no use in going on."""


_ASKER_LEFT: ContextVar[Event | None] = ContextVar("asker_left", default=None)


@contextmanager
def awaited() -> Iterator[None]:
    """What is begun in this context is done for somebody who waits until the block ends, however it ends."""
    left = Event()
    _ASKER_LEFT.set(left)
    try:
        yield
    finally:
        left.set()


def until(deadline: float, work: Callable[[], Iterable[T]]) -> Iterator[T]:
    """What `work()` yields, as it comes. Raises TimeoutError at `deadline` (of time.monotonic), and what `work` raises.

    Raises NobodyWaitsError once the one has left for whom it is done, and does not begin if that is so already. Then,
    where the consumer leaves and where the deadline comes, `work` is stopped at its next item; one that never comes to
    a next item is left to its thread, which does not keep the program alive.
    """
    items: Queue[object] = Queue(maxsize=64)
    left = Event()

    def run() -> None:
        ending: object = _END
        try:
            for item in work():
                if left.is_set():
                    return
                items.put(item)
        except Exception as error:
            ending = _Raised(error)
        if not left.is_set():
            items.put(ending)

    _look()
    # The callbacks of the chain that this is a step of lie in the context.
    Thread(target=copy_context().run, args=(run,), daemon=True, name="chat model").start()
    try:
        yield from _received(items, deadline)
    finally:
        left.set()
        while not items.empty():  # one who waits for room goes on, and sees that nobody listens
            items.get_nowait()


class _Raised:
    def __init__(self, error: Exception) -> None:
        self.error = error


def _look() -> None:
    """Raises NobodyWaitsError if whoever asked has left."""
    asker_left = _ASKER_LEFT.get()
    if asker_left and asker_left.is_set():
        raise NobodyWaitsError


def _received(items: Queue[object], deadline: float) -> Iterator[T]:
    while True:
        _look()
        try:
            item = items.get(timeout=max(0.0, min(_LOOK_S, deadline - monotonic())))
        except Empty:
            if monotonic() < deadline:
                continue
            raise TimeoutError from None
        if item is _END:
            return
        if isinstance(item, _Raised):
            raise item.error
        yield item  # type: ignore[misc]
