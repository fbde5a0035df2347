"""An evaluation that somebody watches: how far it is, how fast it goes, and a way to stop it."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from time import monotonic

from qa.evaluation.run import Progress


@dataclass(slots=True)
class Job:
    """Give `watch` to `evaluate` in one thread, and look at the job, or stop it, from any other."""

    progress: Progress | None = None
    _stopped: Event = field(default_factory=Event)
    _began: tuple[float, Progress] | None = None
    """When what is under way now was first told of, and how far it was then."""

    def watch(self, progress: Progress) -> bool:
        if self._began is None or self._began[1].of != progress.of:
            self._began = monotonic(), progress
        self.progress = progress
        return not self._stopped.is_set()

    def stop(self) -> None:
        """Begin nothing further; what is under way is finished."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def rate(self, now: float | None = None) -> float | None:
        """Done in a second, since this part of the run began; None as long as nothing is."""
        if self._began is None or self.progress is None:
            return None
        seconds, done = (now or monotonic()) - self._began[0], self.progress.done - self._began[1].done
        return done / seconds if done > 0 and seconds > 0 else None

    def seconds_left(self, now: float | None = None) -> float | None:
        """At this rate, until this part of the run is done; None where that cannot be told."""
        rate = self.rate(now)
        if rate is None or self.progress is None or self.progress.total is None:
            return None
        return (self.progress.total - self.progress.done) / rate
