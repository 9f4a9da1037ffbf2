"""The generation loop: what is new of each row's prompt is computed, then rows are decoded, a token each a step.

One thread uses it, inside `torch.inference_mode()` and `adapters.borrowed`.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase
from transformers.cache_utils import Cache, DynamicLayer

from medsim.adapters import is_dora
from medsim.decoding import Chooser, Detokenizer
from medsim.errors import MedSimError
from medsim.forward import forward_of
from medsim.kv import Batch, first_tokens, new_cache
from medsim.part import Part
from medsim.prefix_cache import PrefixCache
from medsim.sampling import Sampling

PREFILL_CHUNK = 512  # tokens a forward pass; between two of them a generation can be stopped
QUESTION = 64  # tokens up to which the new ends of several prompts are computed in one pass

Step = tuple[dict[int, str], list[int]]
"""New text by row, and the rows that ended with it."""

Compute = Callable[[list[Part]], Tensor]
"""A `forward.Forward` that raises Stopped instead when the generation was to stop."""


class Stopped(Exception):
    """The generation was to stop."""


@dataclass
class Row:
    """One reply in the making. `index` is its place among the caller's rows, `limit` the most tokens it may have."""

    index: int
    ids: list[int]
    adapter: str | None
    limit: int
    chooser: Chooser
    detokenizer: Detokenizer
    reply: list[int] = field(default_factory=list)
    done: bool = False

    def take(self, logits: Tensor, end_ids: set[int]) -> str:
        """Choose the next token; returns the text it adds."""
        token = self.chooser.choose(logits, self.reply)
        if token in end_ids:
            self.done = True
            return ""
        self.reply.append(token)
        self.done = len(self.reply) >= self.limit
        return self.detokenizer.new_text(self.reply)


@dataclass
class Prefilled:
    """A row whose prompt is computed: its first logits, [vocabulary], and its cache."""

    row: Row
    logits: Tensor
    cache: Cache


class Loop:
    """Generates with one model and keeps caches of what it has computed. Adapters are named as peft names them."""

    def __init__(
        self,
        base: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        context: int,
        cache_bytes: int,
        max_seconds: float,
    ):
        self.context = min(context, base.config.max_position_embeddings)
        self.prefixes = PrefixCache(cache_bytes)
        self._base = base
        self._tokenizer = tokenizer
        self._end_ids = _end_ids(base, tokenizer)
        self._layers = _number_of_layers(base)
        self._bytes_per_token = _bytes_per_token(base)
        # half for the rows' own caches, half for the batch they are merged into
        self._wave_bytes = cache_bytes / 2
        self._max_seconds = max_seconds

    def steps(
        self, rows: list[tuple[list[int], str | None]], sampling: Sampling, stopped: Callable[[], bool]
    ) -> Iterator[Step]:
        """Reply to rows of (token ids, adapter). Raises Stopped as soon as `stopped()` holds before a forward pass."""
        # Rows that begin alike stand side by side, so that the beginning is still kept when the next one needs it.
        # Sorted by length there would be less padding, but to compute a script again costs more than padding.
        order = sorted(range(len(rows)), key=lambda index: (rows[index][1] or "", rows[index][0]))
        waiting = deque(self._row(index, *rows[index], sampling) for index in order)
        with self._computing({adapter for _, adapter in rows}, stopped) as compute:
            while waiting:
                yield from self._wave(waiting, compute)

    def warm(self, ids: list[int], adapter: str | None, stopped: Callable[[], bool]) -> None:
        """Compute what is not kept of a prompt, and keep it."""
        with self._computing({adapter}, stopped) as compute:
            self._prefill([(ids, adapter)], compute)

    @contextmanager
    def _computing(self, adapters: set[str | None], stopped: Callable[[], bool]) -> Iterator[Compute]:
        with forward_of(self._base, adapters) as forward:

            def compute(parts: list[Part]) -> Tensor:
                if stopped():
                    raise Stopped
                return forward(parts)

            yield compute

    def _prefill(self, prompts: list[tuple[list[int], str | None]], compute: Compute) -> list[tuple[Tensor, Cache]]:
        """The last logits, [vocabulary], and the cache of each prompt; what is computed for them is kept.

        Short ends of prompts wait for each other and go through the model side by side.
        """
        computed: dict[int, tuple[Tensor, Cache]] = {}
        together: dict[int, tuple[Cache, int]] = {}
        for place, (ids, adapter) in enumerate(prompts):
            start, prefix = self.prefixes.longest(adapter, ids)
            cache = new_cache(self._layers, prefix)
            if start and len(ids) - start <= QUESTION:
                together[place] = cache, start
                continue
            for first in range(start, len(ids), PREFILL_CHUNK):
                logits = self._append([(ids[: first + PREFILL_CHUNK], adapter, cache, first)], compute)
            computed[place] = logits[0], cache
        while places := list(together)[: PREFILL_CHUNK // QUESTION]:
            cut = {place: together.pop(place) for place in places}
            logits = self._append([(*prompts[place], *cut[place]) for place in places], compute)
            computed |= {place: (logits[row], cut[place][0]) for row, place in enumerate(places)}
        return [computed[place] for place in range(len(prompts))]

    def _append(self, prompts: list[tuple[list[int], str | None, Cache, int]], compute: Compute) -> Tensor:
        """Compute each (ids, adapter, cache, start) from `start` on, and keep it: logits, [prompts, vocabulary]."""
        logits = compute(
            [Part(torch.tensor([ids[start:]]), cache, [adapter]) for ids, adapter, cache, start in prompts]
        )
        for ids, adapter, cache, _ in prompts:
            self.prefixes.put(adapter, ids, first_tokens(cache, len(ids)))
        return logits

    def _row(self, index: int, ids: list[int], adapter: str | None, sampling: Sampling) -> Row:
        limit = min(sampling.max_new_tokens, self.context - len(ids))
        return Row(index, ids, adapter, limit, Chooser(sampling), Detokenizer(self._tokenizer))

    def _wave(self, waiting: deque[Row], compute: Compute) -> Iterator[Step]:
        """Prefill as many rows as memory allows, and decode them together."""
        rows: list[Row] = []
        while waiting and self._fits([*rows, waiting[0]]):
            rows.append(waiting.popleft())
        deadline = time.monotonic() + len(rows) * self._max_seconds
        prefilled = self._prefill([(row.ids, row.adapter) for row in rows], compute)
        groups = self._groups([Prefilled(row, *computed) for row, computed in zip(rows, prefilled, strict=True)])
        prefilled.clear()  # so that a group's own caches can go when it is merged
        for group in groups:
            yield from self._decode(group, deadline, compute)

    def _fits(self, rows: list[Row]) -> bool:
        longest = max(len(row.ids) + row.limit for row in rows)
        return len(rows) == 1 or len(rows) * longest * self._bytes_per_token <= self._wave_bytes

    def _groups(self, wave: list[Prefilled]) -> list[list[Prefilled]]:
        """The rows that can be decoded together: all, but those of a DoRA adapter only with their like."""
        groups: dict[str | None, list[Prefilled]] = {}
        for prefilled in wave:
            adapter = prefilled.row.adapter
            alone = adapter is not None and is_dora(self._base, adapter)
            groups.setdefault(adapter if alone else None, []).append(prefilled)
        return list(groups.values())

    def _decode(self, group: list[Prefilled], deadline: float, compute: Compute) -> Iterator[Step]:
        rows = [prefilled.row for prefilled in group]
        batch = Batch([prefilled.cache for prefilled in group])
        logits = torch.stack([prefilled.logits for prefilled in group])
        group.clear()  # the rows' own caches are no longer needed
        yield self._take(rows, logits, deadline)
        try:
            while rows := self._going_on(rows, batch):
                adapters = [row.adapter for row in rows]
                while not any(row.done for row in rows):
                    tokens = torch.tensor([row.reply[-1:] for row in rows])
                    logits = compute([Part(tokens, batch.cache, adapters, batch.mask(), batch.positions())])
                    yield self._take(rows, logits, deadline)
        finally:
            for place, row in enumerate(rows):  # those that an end did not finish
                self._keep(row, batch.row(place))

    def _take(self, rows: list[Row], logits: Tensor, deadline: float) -> Step:
        texts = {row.index: row.take(scores, self._end_ids) for row, scores in zip(rows, logits, strict=True)}
        if time.monotonic() > deadline:
            for row in rows:
                row.done = True
        return texts, [row.index for row in rows if row.done]

    def _going_on(self, rows: list[Row], batch: Batch) -> list[Row]:
        """The rows that have not ended. The caches of the others are kept and leave the batch."""
        places = [place for place, row in enumerate(rows) if not row.done]
        if len(places) < len(rows):
            for place, row in enumerate(rows):
                if row.done:
                    self._keep(row, batch.row(place))
            if places:
                places = batch.keep(places)
        return [rows[place] for place in places]

    def _keep(self, row: Row, layers: list[tuple[Tensor, Tensor]]) -> None:
        tokens = layers[0][0].shape[-2]  # the last token of a reply was not always computed
        self.prefixes.put(row.adapter, (row.ids + row.reply)[:tokens], layers)


def _end_ids(base: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> set[int]:
    """Every token that ends a reply, of the model and of the tokenizer."""
    ends = (base.generation_config.eos_token_id, base.config.eos_token_id, tokenizer.eos_token_id)
    return {token for end in ends if end is not None for token in (end if isinstance(end, list) else [end])}


def _number_of_layers(base: PreTrainedModel) -> int:
    """Raises MedSimError unless every layer keeps the keys and values of all tokens, which cutting a cache needs."""
    layers = DynamicCache(config=base.config).layers
    if any(type(layer) is not DynamicLayer for layer in layers):
        raise MedSimError("This base does not attend to its whole context (a sliding window): choose another base.")
    return len(layers)


def _bytes_per_token(base: PreTrainedModel) -> int:
    """What the keys and values of a token need."""
    config = base.config
    head_size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return 2 * config.num_hidden_layers * config.num_key_value_heads * head_size * base.dtype.itemsize
