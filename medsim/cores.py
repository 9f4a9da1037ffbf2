"""Work that falls into many like parts, done by all cores, in order."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from typing import TypeVar

Item, Made = TypeVar("Item"), TypeVar("Made")
MANY = 64  # parts that are worth starting processes for, which takes seconds
BATCH = 16


def processes() -> ProcessPoolExecutor:
    """A process for each core."""
    context = multiprocessing.get_context("spawn")  # a fork would copy whatever threads the caller has
    return ProcessPoolExecutor(os.cpu_count(), context, initializer=_collect_seldom)


def _collect_seldom() -> None:
    """What such a process reads it keeps, so that looking for garbage takes a fifth of its time."""
    gc.set_threshold(200_000, 50, 50)


def spread(make: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Made]:
    """`make` of each item. It and the items are pickled, in batches."""
    if len(items) < MANY or os.cpu_count() == 1:
        yield from map(make, items)
        return
    batches = [items[first : first + BATCH] for first in range(0, len(items), BATCH)]
    with processes() as pool:
        yield from chain.from_iterable(pool.map(partial(_all, make), batches))


def _all(make: Callable[[Item], Made], batch: Sequence[Item]) -> list[Made]:
    return [make(item) for item in batch]
