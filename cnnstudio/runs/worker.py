"""Run a generator on a thread; commands, pause and cancel take effect at its next yield.

So that the next yield comes soon, the thread is asked to give up what it computes (`cnnstudio.interruption`). The
generator either handles Interrupted and yields, or it ends.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any

from cnnstudio.interruption import Interrupted, Interruption, interruptible

Work = Generator[Any, Any, None]
Notify = Callable[[bool], object]

GRACE = 0.15  # seconds that a computation may still take before it is given up for a pause or a command
CAPACITY = 100_000  # events that wait at most; then the generator waits, too


@dataclass(frozen=True, slots=True)
class Halted:
    """The generator waits for `resume`."""


@dataclass(frozen=True, slots=True)
class WorkDone:
    """The generator has ended, by itself, by `cancel` or by this error; always the last event."""

    error: Exception | None = None


class Worker:
    """Collects in a mailbox what the generator yields, until `take` fetches it.

    `notify` is called on the worker's thread, with False when the first event since the last `take` arrives, and with
    True for each event of an `urgent` class, for Halted and for WorkDone. It must be quick and not call the worker.
    """

    def __init__(self, work: Work, notify: Notify, urgent: tuple[type, ...] = (), name: str = "worker") -> None:
        self._work, self._notify, self._urgent = work, notify, (*urgent, Halted, WorkDone)
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._changed = Condition()
        self._interruption = Interruption()
        self._events: deque[Any] = deque()
        self._commands: deque[tuple[Any, bool]] = deque()  # each with whether it interrupts
        self._later: list[tuple[type, Any]] = []  # commands, each for the next event of a class
        self._notified = False
        self._muted = False
        self._cancelled = False
        self._paused = False
        self._halted = False  # paused, and reported
        self._pause_after: type | None = None
        self._limited: type | None = None
        self._interval = 0.0  # seconds between two events of the limited class
        self._next_time = 0.0

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    @property
    def paused(self) -> bool:
        """Whether the generator waits, or will at its next yield, for `resume`."""
        return self._paused

    @property
    def progress(self) -> float:
        """How much of a long computation is done, from 0 to 1."""
        return self._interruption.progress

    def pause(self, *, interrupt: bool = False) -> None:
        """Wait at the next yield."""
        with self._changed:
            self._paused, self._pause_after = True, None
            if interrupt and not self._halted:
                self._interruption.request(GRACE)

    def resume(self, pause_after: type | None = None, pause_over: object = None) -> None:
        """Continue, and pause again after the next event of this class, if any.

        A generator that waited gets the command `pause_over` first.
        """
        with self._changed:
            if self._halted and pause_over is not None:
                self._commands.appendleft((pause_over, False))
            if self._halted:
                self._interruption.request()  # what a command asked for while it was paused
            self._paused, self._halted, self._pause_after = False, False, pause_after
            self._changed.notify_all()

    def limit_rate(self, kind: type, per_second: float) -> None:
        """Allow at most this many events of a class per second; 0 removes the limit."""
        with self._changed:
            self._limited, self._interval = kind, 1.0 / per_second if per_second else 0.0
            self._changed.notify_all()

    def send(self, command: object, after: type | None = None, *, interrupt: bool = False) -> None:
        """Send the generator a command at its next yield, also while it is paused; or at its next event of a class."""
        with self._changed:
            if after is not None:
                self._later.append((after, command))
                return
            self._commands.append((command, interrupt))
            if interrupt:
                self._interruption.request(GRACE)
            self._changed.notify_all()

    def cancel(self, *, mute: bool = False, grace: float = 0.0) -> None:
        """Interrupt the generator, and close it at its next yield; a muted worker no longer notifies."""
        with self._changed:
            self._cancelled, self._muted = True, mute
            self._interruption.request(grace)
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for the thread to end, if it was started."""
        if self._thread.ident is not None:
            self._thread.join()

    def take(self) -> list[Any]:
        """The events since the last call."""
        with self._changed:
            self._notified = False
            events = list(self._events)
            self._events.clear()
            self._changed.notify_all()
        return events

    def _run(self) -> None:
        error: Exception | None = None
        try:
            with interruptible(self._interruption):
                self._generate()
        except (StopIteration, Interrupted):
            pass
        except Exception as raised:
            error = raised
        try:
            self._work.close()
        except Exception as raised:
            error = error or raised
        self._put(WorkDone(error))

    def _generate(self) -> None:
        """Collect what the generator yields until it ends, which raises StopIteration, or is cancelled."""
        self._next_time = time.monotonic()
        command: object = None
        while not self._cancelled:
            event = self._work.send(command)
            self._put(event)
            command = self._wait(event)

    def _put(self, event: object) -> None:
        urgent = isinstance(event, self._urgent)
        with self._changed:
            self._events.append(event)
            notify = not self._muted and (urgent or not self._notified)
            self._notified = True
        if notify:
            self._notify(urgent)

    def _wait(self, event: object) -> object:
        """Hold the generator while it is paused or too fast; returns the next command, if there is one."""
        with self._changed:
            if self._pause_after is not None and isinstance(event, self._pause_after):
                self._paused, self._pause_after = True, None
            if self._limited is not None and isinstance(event, self._limited):
                self._next_time = max(self._next_time, time.monotonic() - 1.0) + self._interval
            due = [(command, False) for kind, command in self._later if isinstance(event, kind)]
            self._commands.extendleft(reversed(due))
            self._later = [(kind, command) for kind, command in self._later if not isinstance(event, kind)]
        while True:
            with self._changed:
                if self._cancelled or self._commands:
                    command, _ = self._commands.popleft() if self._commands else (None, False)
                    self._continue()
                    return command
                halt = self._paused and not self._halted
                self._halted |= halt
                if not halt:
                    early = self._next_time - time.monotonic() if self._interval else 0.0
                    full = len(self._events) >= CAPACITY
                    if not self._paused and not full and early <= 0.0:
                        self._continue()
                        return None
                    self._changed.wait(None if self._paused or full else early)
            if halt:
                self._put(Halted())

    def _continue(self) -> None:
        """Let the generator compute undisturbed, unless it is to reach its next yield soon."""
        self._interruption.withdraw()
        if self._cancelled or any(interrupts for _, interrupts in self._commands):
            self._interruption.request()


def call(function: Callable[[], Any]) -> Work:
    """Work that calls the function and yields its result."""
    yield function()


def idle_worker() -> Worker:
    """A worker that has nothing to do and is never started, so that commands to no run go nowhere."""
    nothing: Iterator[None] = iter(())
    return Worker((event for event in nothing), lambda urgent: None)
