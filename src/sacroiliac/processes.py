"""Processes that share work, and end with the one that started them, however that ends."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any

from sacroiliac.errors import InputError


@contextmanager
def pool(workers: int, begin: Callable[..., None], *arguments: Any) -> Iterator[ProcessPoolExecutor]:
    """Processes to share work; what is not begun when this is left by an error is not done.

    :param begin: makes each process ready, with ``arguments``
    :raises InputError: when a process is ended from outside
    """
    # New processes, as forking one that has threads (or libraries that hold locks) may lock up.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _begin, (begin, *arguments)) as found:
        try:
            yield found
        except BaseException as error:
            found.shutdown(wait=False, cancel_futures=True)
            if isinstance(error, BrokenProcessPool):
                cure = "Give the same command again, with fewer --workers."
                raise InputError("--workers", "a worker was ended, perhaps for want of memory", cure) from None
            raise


def _begin(begin: Callable[..., None], *arguments: Any) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    begin(*arguments)


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
