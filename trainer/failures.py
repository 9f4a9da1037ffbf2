"""Why a training failed, told apart, each with one cure."""

import errno
import re
from typing import NamedTuple

from medsim.errors import DataError, MedSimError


class SettingsError(MedSimError):
    """Settings that cannot work here, found before anything was loaded."""


class BaseError(MedSimError):
    """The base is gated, not reachable, unknown or damaged."""


class LossNotFinite(MedSimError):
    """A loss, of training or evaluation, became NaN or infinite; raised before the weights are changed by it."""


class Failure(NamedTuple):
    """The end of a run in words: `reason` is a code, the others are sentences."""

    reason: str
    message: str
    cure: str

    def __str__(self) -> str:
        return f"{self.message}\n{self.cure}" if "\n" in self.message else f"{self.message} {self.cure}"


MOST_PROBLEMS = 20  # that are told; data can have thousands
_NO_MEMORY = re.compile(r"out of memory|can't allocate memory|not enough memory|CUBLAS_STATUS_ALLOC_FAILED", re.I)
_NO_SPACE = re.compile(r"No space left|StorageFull|Disk quota exceeded|file write failed", re.I)


def classify(error: BaseException) -> Failure:
    """Tell what went wrong: settings, data, base, nan, out_of_memory, disk_full or other."""
    text = str(error)
    known = {
        SettingsError: ("settings", "Change that, then start again."),
        DataError: ("data", "Correct the file, and check it with python -m medsim.dialogue check FILE."),
        BaseError: ("base", "Then start again."),
        LossNotFinite: ("nan", "Start again with a lower --learning_rate, a fifth of it to begin with."),
    }
    for kind, (reason, cure) in known.items():
        if isinstance(error, kind):
            return Failure(reason, _shortened(text), cure)
    if isinstance(error, MemoryError) or _is_torch_memory_error(error) or _NO_MEMORY.search(text):
        return Failure(
            "out_of_memory",
            "The memory was not enough.",
            "Halve --per_device_train_batch_size and double --gradient_accumulation_steps, or lower --max_length.",
        )
    if (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)) or _NO_SPACE.search(text):
        return Failure("disk_full", "The disk is full.", "Free some space, then go on with --resume_from_checkpoint.")
    if isinstance(error, MedSimError):
        return Failure("other", _shortened(text), "Then start again.")
    what = ": ".join([type(error).__name__, *text.strip().splitlines()[:1]])
    return Failure("other", f"Something unexpected happened ({what}).", "The log says where; report it with that.")


def _shortened(text: str) -> str:
    lines = text.split("\n")
    more = [f"and {len(lines) - MOST_PROBLEMS} more."] if len(lines) > MOST_PROBLEMS else []
    return "\n".join([*lines[:MOST_PROBLEMS], *more])


def _is_torch_memory_error(error: BaseException) -> bool:
    import torch

    return isinstance(error, torch.OutOfMemoryError)
