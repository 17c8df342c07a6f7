"""Processes that share work, and end with the one that started them, however that ends."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.context import SpawnContext, SpawnProcess
from types import FrameType
from typing import Any

from sacroiliac.errors import InputError


@contextmanager
def pool(workers: int, begin: Callable[..., None], *arguments: Any) -> Iterator[ProcessPoolExecutor]:
    """Processes to share work; what is not begun when this is left by an error is not done.

    :param begin: makes each process ready, with ``arguments``
    :raises InputError: when a process is ended from outside
    """
    with ProcessPoolExecutor(workers, _Context(), _begin, (begin, *arguments)) as found:
        try:
            yield found
        except BaseException as error:
            found.shutdown(wait=False, cancel_futures=True)
            if isinstance(error, BrokenProcessPool):
                cure = "Give the same command again, with fewer --workers."
                raise InputError("--workers", "a worker was ended, perhaps for want of memory", cure) from None
            raise


class _Process(SpawnProcess):
    """A process that Ctrl-C does not reach, though a terminal sends it to all: whoever started it ends it (:func:`end`)."""

    def start(self) -> None:
        """Start it. That Ctrl-C is blocked here is handed on to it; here it is put off till the process is whole."""
        if threading.current_thread() is not threading.main_thread():  # others may not
            super().start()
            return
        came: list[tuple[int, FrameType | None]] = []
        usual = signal.signal(signal.SIGINT, lambda *given: came.append(given))
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            signal.signal(signal.SIGINT, usual)
        if came and callable(usual):
            usual(*came[0])


class _Context(SpawnContext):
    """New processes, as forking one that has threads (or libraries that hold locks) may lock up."""

    Process = _Process


def end() -> None:
    """End all processes, and give back what the system keeps for them: the last thing before this process ends itself.

    The thread that listens to them is not waited for, as Python would at its own end: what they were saying may never
    become whole.
    """
    for one in multiprocessing.active_children():
        one.terminate()
    atexit._run_exitfuncs()


def _begin(begin: Callable[..., None], *arguments: Any) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    begin(*arguments)


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
