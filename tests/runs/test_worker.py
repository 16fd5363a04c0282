"""A generator on a thread: mailbox, commands, pause, pace, cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from itertools import count
from typing import Any

import pytest

from cnnstudio.interruption import Interrupted, check_interrupted
from cnnstudio.runs import worker as worker_module
from cnnstudio.runs.worker import Halted, Work, WorkDone, Worker, call

PATIENCE = 10.0  # seconds


class Letter(str):
    """An urgent event."""

    __slots__ = ()


class Mailbox:
    """Takes what a worker reports, and remembers how often it was notified."""

    def __init__(self, work: Work, urgent: tuple[type, ...] = (Letter,)) -> None:
        self.calls: list[bool] = []
        self.events: list[object] = []
        self._woken = threading.Condition()
        self.worker = Worker(work, self._notify, urgent)

    def _notify(self, urgent: bool) -> None:
        with self._woken:
            self.calls.append(urgent)
            self._woken.notify_all()

    def wait(self, holds: Callable[[], object]) -> None:
        """Take events until something holds."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"it did not happen; there are {self.events[-5:]}"
            with self._woken:
                self._woken.wait(0.01)
            self.events += self.worker.take()

    def wait_for(self, event: object) -> None:
        self.wait(lambda: event in self.events)


Open = Callable[[Work], Mailbox]


@pytest.fixture
def start() -> Iterator[Open]:
    """Call it with work to start a worker, which is cancelled at the end."""
    opened: list[Mailbox] = []

    def start(work: Work) -> Mailbox:
        opened.append(Mailbox(work))
        opened[-1].worker.start()
        return opened[-1]

    yield start
    for box in opened:
        box.worker.cancel()
        box.worker.join()


def numbers(heard: list[object] | None = None) -> Generator[int, object, None]:
    """Counts until it is closed, and remembers the commands it gets."""
    number = 0
    while True:
        command = yield number
        number += 1
        if command is not None and heard is not None:
            heard.append((number, command))


def test_events_arrive_in_order_and_the_end_comes_last(start: Open) -> None:
    box = start(event for event in (1, 2, 3))
    box.wait_for(WorkDone())
    assert box.events == [1, 2, 3, WorkDone()]


def test_an_error_is_in_the_last_event(start: Open) -> None:
    def fail() -> Work:
        yield 1
        raise ValueError("no")

    box = start(fail())
    box.wait(lambda: len(box.events) == 2)
    done = box.events[-1]
    assert isinstance(done, WorkDone)
    assert str(done.error) == "no"


def test_call_yields_the_result(start: Open) -> None:
    box = start(call(lambda: 6 * 7))
    box.wait_for(WorkDone())
    assert box.events == [42, WorkDone()]


def test_many_events_notify_once_and_urgent_ones_each_time(start: Open) -> None:
    go = threading.Event()

    def work() -> Work:
        yield from (1, 2, 3, Letter("a"), 4, Letter("b"), 5)
        go.wait(PATIENCE)

    box = start(work())
    while len(box.calls) < 3:
        time.sleep(0.001)
    assert box.calls == [False, True, True]
    assert box.worker.take() == [1, 2, 3, "a", 4, "b", 5]
    go.set()
    box.wait_for(WorkDone())
    assert box.calls == [False, True, True, True]


def test_a_command_is_sent_at_the_next_yield(start: Open) -> None:
    heard: list[Any] = []
    box = start(numbers(heard))
    box.worker.send("hello")
    box.wait(lambda: heard)
    assert [command for _, command in heard] == ["hello"]


def test_a_command_can_wait_for_an_event(start: Open) -> None:
    heard: list[Any] = []
    go = threading.Event()

    def work() -> Work:
        go.wait(PATIENCE)
        for event in (1, 2, Letter("end"), 3):
            command = yield event
            if command is not None:
                heard.append((event, command))

    box = start(work())
    box.worker.send("now", after=Letter)
    go.set()
    box.wait_for(WorkDone())
    assert heard == [("end", "now")]


def test_pause_halts_and_reports_it_once_and_commands_get_through(start: Open) -> None:
    heard: list[Any] = []
    box = start(numbers(heard))
    box.worker.pause()
    box.wait_for(Halted())
    last = box.events[-2]
    assert isinstance(last, int)
    box.worker.send("while paused")
    box.wait(lambda: heard)
    box.wait_for(last + 1)
    assert heard == [(last + 1, "while paused")]
    assert box.events.count(Halted()) == 1
    assert box.worker.paused
    box.worker.resume()
    box.wait_for(last + 2)
    assert not box.worker.paused


def test_resume_until_an_event_makes_one_step(start: Open) -> None:
    def work() -> Work:
        for number in count():
            yield str(number)
            yield number

    box = start(work())
    box.worker.pause()
    box.wait_for(Halted())
    for _ in range(3):
        before = len(box.events)
        box.worker.resume(pause_after=int)
        box.wait(lambda before=before: Halted() in box.events[before:])  # type: ignore[misc]
        step = box.events[before:]
        assert sum(isinstance(event, int) for event in step) == 1
        assert isinstance(step[-2], int)


def test_events_are_rate_limited_until_the_limit_is_removed(start: Open) -> None:
    box = Mailbox(numbers())
    box.worker.limit_rate(int, 50.0)
    begin = time.monotonic()
    box.worker.start()
    box.wait_for(10)
    assert time.monotonic() - begin >= 9 / 50.0
    box.worker.limit_rate(int, 0.2)
    box.wait(lambda: True)
    reached = len(box.events)
    box.worker.limit_rate(int, 0.0)
    box.wait_for(reached + 1000)
    box.worker.cancel()
    box.worker.join()


@pytest.mark.parametrize("paused", [False, True])
def test_cancel_closes_the_generator_on_the_thread(start: Open, paused: bool) -> None:
    closed: list[str] = []

    def work() -> Work:
        try:
            yield from numbers()
        finally:
            closed.append(threading.current_thread().name)

    box = start(work())
    if paused:
        box.worker.pause()
        box.wait_for(Halted())
    box.worker.cancel()
    box.worker.join()
    assert closed == ["worker"]
    assert box.worker.take()[-1] == WorkDone()
    assert not box.worker.alive


def test_a_muted_worker_ends_without_notifying(start: Open) -> None:
    go = threading.Event()

    def work() -> Work:
        yield 1
        go.wait(PATIENCE)
        yield Letter("late")

    box = start(work())
    box.wait_for(1)
    box.worker.cancel(mute=True)
    calls = list(box.calls)
    go.set()
    box.worker.join()
    assert box.calls == calls


def test_a_generator_waits_while_its_mailbox_is_full(start: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "CAPACITY", 10)
    made: list[int] = []

    def work() -> Work:
        for number in range(25):
            made.append(number)
            yield number

    box = start(work())
    while len(made) < 10:
        time.sleep(0.001)
    assert len(made) == 10
    box.wait_for(WorkDone())
    assert box.events == [*range(25), WorkDone()]


def test_work_that_does_not_yield_ends_where_it_checks_whether_it_was_cancelled(start: Open) -> None:
    began = threading.Event()

    def work() -> Work:
        while True:
            began.set()
            check_interrupted()
        yield

    box = start(work())
    assert began.wait(PATIENCE)
    box.worker.cancel()
    box.wait_for(WorkDone())
    assert box.events == [WorkDone()]


def test_pausing_interrupts_and_resuming_lets_it_go_on(start: Open) -> None:
    began, undisturbed = threading.Event(), threading.Event()

    def work() -> Work:
        try:
            while True:
                began.set()
                check_interrupted()
        except Interrupted:
            yield "interrupted"
        undisturbed.wait(PATIENCE)
        check_interrupted()
        yield "done"

    box = start(work())
    assert began.wait(PATIENCE)
    box.worker.pause(interrupt=True)
    box.wait_for(Halted())
    assert box.events == ["interrupted", Halted()]
    box.worker.resume()
    undisturbed.set()
    box.wait_for(WorkDone())
    assert box.events == ["interrupted", Halted(), "done", WorkDone()]


def test_every_command_that_interrupts_arrives_soon(start: Open) -> None:
    received: list[object] = []

    def work() -> Work:
        while len(received) < 3:
            try:
                while True:
                    check_interrupted()
            except Interrupted:
                received.append((yield "interrupted"))

    box = start(work())
    for command in ("first", "second", "third"):
        box.worker.send(command, interrupt=True)
    box.wait_for(WorkDone())
    assert received == ["first", "second", "third"]
