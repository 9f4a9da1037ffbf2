"""Engine: one base model in memory, many adapters, kept caches; rows of token ids in, text out.

It knows token ids, not scripts. The decoding loop is our own and not `model.generate`: so a generation stops within
one step, each row ends by itself and has its own seed and text, and each row's cache is kept for the next turn.
"""

import itertools
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any

import torch
from peft import PeftModel, set_peft_model_state_dict
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from medsim import bases
from medsim.adapters import borrowed, read_adapter
from medsim.errors import MedSimError
from medsim.loop import Loop, Step, Stopped
from medsim.sampling import Sampling

TokenRow = tuple[list[int], str | None]
"""A prompt's token ids and the name of an adapter; None for the base alone."""


class Generation(Iterator[list[str]]):
    """The new text of each row, step by step; `done[i]` says whether row i has ended.

    `close()`, from any thread, or dropping the last reference stops the model before its next forward pass. A slow
    reader does not hold the model: what it has not read yet waits here.
    """

    def __init__(self, rows: int):
        self.done = [False] * rows
        self.stop = Event()
        self.feed: SimpleQueue = SimpleQueue()
        self._ended = False

    def __next__(self) -> list[str]:
        if self._ended:
            raise StopIteration
        item = self.feed.get()
        if isinstance(item, tuple):
            pieces, self.done = item
            return pieces
        self._ended = True
        raise item or StopIteration

    def close(self) -> None:
        self._ended = True
        self.stop.set()
        self.feed.put(None)  # wakes a reader that waits in another thread

    def __del__(self) -> None:
        self.stop.set()


class Engine:
    """A base model with its adapters.

    All work on the model, loading included, is done by one worker thread in the order of the calls. So every method
    may be called from any thread, and no two of them touch the model at once. The kept caches need at most
    `cache_bytes`, the generation that runs about as much again. `context` bounds prompt and reply together, in tokens;
    `max_seconds` bounds a reply (rows that are decoded together have their times together).
    """

    def __init__(
        self,
        model: PreTrainedModel | PeftModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        context: int = 2048,
        cache_bytes: int = 512 * 2**20,
        max_seconds: float = 60,
        stopped: Callable[[], bool] = lambda: False,
    ):
        """Wrap a model. It may be in training: after each call its mode and its active adapter are what they were.

        `stopped` is asked before each forward pass: once it holds, the engine is as if it was closed.

        Its own adapters can be used by their names. Caches are kept as long as the Engine: make a new one when the
        weights have changed.
        """
        self.tokenizer = tokenizer
        self._peft = model if isinstance(model, PeftModel) else None
        self._base = model.get_base_model() if isinstance(model, PeftModel) else model
        self._adapters = {name: name for name in self._peft.peft_config} if self._peft else {}
        self._internal_names = (f"adapter_{number:06}" for number in itertools.count())
        self._loop = Loop(self._base, tokenizer, context=context, cache_bytes=cache_bytes, max_seconds=max_seconds)
        self._closed = Event()
        self._stopped = stopped
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")

    @classmethod
    def load(cls, folder: str | Path, **options: Any) -> "Engine":
        """The engine of a local base folder: float32 on the CPU, or bfloat16 on a GPU if there is one."""
        device, dtype = ("cuda", "bfloat16") if torch.cuda.is_available() else ("cpu", "float32")
        model = bases.load_model(folder, dtype=dtype).to(device).eval()
        return cls(model, bases.load_tokenizer(folder), **options)

    @property
    def context(self) -> int:
        """The most tokens of a prompt and its reply."""
        return self._loop.context

    def has_adapter(self, name: str) -> bool:
        return name in self._adapters

    def load_adapter(self, name: str, folder: str | Path) -> None:
        """Load a LoRA adapter under a name of the caller's choice; one of that name is replaced.

        Waits for what was asked for earlier. Raises MedSimError if the folder holds no plain LoRA for this base.
        """
        self._submit(self._load_adapter, name, Path(folder)).result()

    def unload_adapter(self, name: str) -> None:
        """Forget an adapter and its caches. Waits for what was asked for earlier."""
        self._submit(self._unload_adapter, name).result()

    def generate(self, rows: list[TokenRow], sampling: Sampling) -> Generation:
        """Reply to each row.

        Yields the new text of each row at each step: "" where a row waits, has ended or ends inside a character. Raises
        MedSimError for a row that leaves no room in the context, and for an adapter that is not loaded. An error in the
        model is raised by the iterator, and the engine can be used again.
        """
        self._check(rows)
        generation = Generation(len(rows))
        # Not the Generation itself: once the reader has dropped it nobody else may hold it
        self._submit(self._feed, rows, sampling, generation.feed, generation.stop)
        return generation

    def warm(self, ids: list[int], adapter: str | None = None) -> Future[None]:
        """Compute the beginning of a prompt in the background, so that a generation which begins so need not."""
        self._check([(ids, adapter)])
        return self._submit(self._warm, ids, adapter)

    def close(self) -> None:
        """Stop what runs and refuse what waits; their readers get a MedSimError. The engine cannot be used again."""
        self._closed.set()
        self._worker.shutdown(wait=True)

    def _submit(self, job: Callable[..., None], *arguments: Any) -> Future[None]:
        try:
            return self._worker.submit(job, *arguments)
        except RuntimeError as error:  # after shutdown
            raise _unloaded() from error

    def _check(self, rows: list[TokenRow]) -> None:
        for ids, adapter in rows:
            self._internal(adapter)
            if not 0 < len(ids) < self.context:
                raise MedSimError(
                    f"The prompt has {len(ids)} tokens, and this model takes from 1 to {self.context - 1}: "
                    "shorten the script or begin a new interview."
                )

    def _internal(self, name: str | None) -> str | None:
        """What peft calls an adapter. Raises MedSimError if there is none of this name."""
        if name is None:
            return None
        if name not in self._adapters:
            raise MedSimError(f"The adapter {name!r} is not loaded: choose another one, or load it again.")
        return self._adapters[name]

    # Only the worker runs what follows.

    def _is_closed(self) -> bool:
        return self._closed.is_set() or self._stopped()

    def _load_adapter(self, name: str, folder: Path) -> None:
        config, weights = read_adapter(folder, self._base)
        if name in self._adapters:
            self._unload_adapter(name)
        # Never used twice: peft's rules for names do not bind the caller, and caches of the old one cannot be mistaken
        internal = next(self._internal_names)
        with borrowed(self._base), warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for an attribute by its old name
            if self._peft is None:
                self._peft = PeftModel(self._base, config, internal)
            else:
                self._peft.add_adapter(internal, config)
            set_peft_model_state_dict(self._peft, weights, internal)
        self._adapters[name] = internal

    def _unload_adapter(self, name: str) -> None:
        internal = self._internal(name)
        del self._adapters[name]
        self._loop.prefixes.drop(internal)
        if self._adapters:
            if self._peft.active_adapter == internal:
                self._peft.set_adapter(next(iter(self._adapters.values())), inference_mode=True)
            self._peft.delete_adapter(internal)
        else:
            self._peft.unload()
            self._peft = None

    def _warm(self, ids: list[int], adapter: str | None) -> None:
        with torch.inference_mode(), borrowed(self._base):
            self._loop.warm(ids, self._internal(adapter), self._is_closed)

    def _feed(self, rows: list[TokenRow], sampling: Sampling, feed: SimpleQueue, stop: Event) -> None:
        """Put (texts, ended) of each step into a generation's queue, then an error if there is one, then None."""
        ended = [False] * len(rows)
        try:
            for texts, done in self._steps(rows, sampling, lambda: stop.is_set() or self._is_closed()):
                for index in done:
                    ended[index] = True
                feed.put(([texts.get(index, "") for index in range(len(rows))], list(ended)))
        except Stopped:
            feed.put(_unloaded() if self._is_closed() else None)
        except Exception as error:
            feed.put(error)
        finally:
            feed.put(None)

    def _steps(self, rows: list[TokenRow], sampling: Sampling, stopped: Callable[[], bool]) -> Iterator[Step]:
        if stopped():
            raise Stopped
        named = [(ids, self._internal(adapter)) for ids, adapter in rows]
        with torch.inference_mode(), borrowed(self._base):
            yield from self._loop.steps(named, sampling, stopped)


def _unloaded() -> MedSimError:
    return MedSimError("This model was unloaded: choose the patient again.")
