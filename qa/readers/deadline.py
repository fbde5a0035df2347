"""Work that may hang, done in a thread of its own and given up at a deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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


class Asker:
    """Somebody who waits for what is being worked on, until they leave."""

    def __init__(self) -> None:
        self._left = Event()

    def leave(self) -> None:
        """Nobody waits any more. May be called from any thread."""
        self._left.set()

    @property
    def has_left(self) -> bool:
        return self._left.is_set()


_ASKER: ContextVar[Asker | None] = ContextVar("asker", default=None)


def asked_by(asker: Asker) -> None:
    """What is begun in this context from now on is done for them."""
    _ASKER.set(asker)


def until(deadline: float, work: Callable[[], Iterable[T]]) -> Iterator[T]:
    """What `work()` yields, as it comes. Raises TimeoutError at `deadline` (of time.monotonic), and what `work` raises.

    Raises NobodyWaitsError once the one has left for whom it is done. Then, where the consumer leaves and where the
    deadline comes, `work` is stopped at its next item; one that never comes to a next item is left to its thread, which
    does not keep the program alive.
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


def _received(items: Queue[object], deadline: float) -> Iterator[T]:
    asker = _ASKER.get()
    while True:
        if asker and asker.has_left:
            raise NobodyWaitsError
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
