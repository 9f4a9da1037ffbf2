"""Keys and values of the rows that are being decoded: appended in place, merged into one batch and split again."""

import torch
from torch import Tensor
from transformers.cache_utils import Cache, DynamicLayer

from medsim.prefix_cache import Layers

ROOM = 64  # tokens; how much a full buffer grows


class RoomyLayer(DynamicLayer):
    """Keys and values with room behind them: a new token is written in place, where DynamicLayer copies all of them.

    Views of its tokens may be kept by others: what they show is never written again.
    """

    def __init__(self, keys: Tensor | None = None, values: Tensor | None = None):
        """Begin empty, or with tensors [rows, heads, tokens, head size] that are copied when the first token comes."""
        super().__init__()
        self._buffers: list[Tensor] = []
        if keys is not None:
            self.lazy_initialization(keys, values)
            self.keys, self.values = keys, values

    def update(self, key_states: Tensor, value_states: Tensor, *args, **kwargs) -> tuple[Tensor, Tensor]:
        """Append [rows, heads, tokens, head size]; returns all keys and values so far."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        if not self._buffers or end > self._buffers[0].shape[-2]:
            self._grow(key_states, value_states, start, end + ROOM)
        for buffer, states in zip(self._buffers, (key_states, value_states), strict=True):
            buffer[:, :, start:end] = states
        self._show(end)
        return self.keys, self.values

    def keep(self, rows: list[int], start: int) -> None:
        """Go on with some rows in this order, where each is at its old place or further ahead; `start` places leave."""
        end = self.get_seq_length() - start
        if not self._buffers:
            self._buffers = [self.keys, self.values]
        for buffer in self._buffers:
            for place, row in enumerate(rows):
                if place != row:
                    buffer[place] = buffer[row]
        self._buffers = [buffer[: len(rows), :, start:] for buffer in self._buffers]
        if len(rows) == 1:  # what others keep of it shall not keep all rows alive
            self._buffers = [buffer.clone() for buffer in self._buffers]
        self._show(end)

    def _grow(self, key_states: Tensor, value_states: Tensor, tokens: int, capacity: int) -> None:
        old = (self.keys, self.values)
        self._buffers = [
            states.new_empty(*states.shape[:2], capacity, states.shape[-1]) for states in (key_states, value_states)
        ]
        if tokens:
            for buffer, states in zip(self._buffers, old, strict=True):
                buffer[:, :, :tokens] = states

    def _show(self, end: int) -> None:
        self.keys, self.values = (buffer[:, :, :end] for buffer in self._buffers)

    @classmethod
    def merged(cls, parts: list["RoomyLayer"], width: int) -> "RoomyLayer":
        """The same layer of several rows, each at the right end of `width` places."""
        layer = cls(parts[0].keys, parts[0].values)
        # zeros, since a mask turns padding into a weight of 0, and 0 times a leftover NaN is NaN
        layer._buffers = [
            states.new_zeros(len(parts), states.shape[1], width + ROOM, states.shape[3])
            for states in (parts[0].keys, parts[0].values)
        ]
        layer._show(width)
        for row, part in enumerate(parts):
            start = width - part.get_seq_length()
            layer.keys[row, :, start:] = part.keys[0]
            layer.values[row, :, start:] = part.values[0]
        return layer


def new_cache(layers: int, prefix: Layers) -> Cache:
    """The cache of one row, beginning with a copy of `prefix` ([] for an empty one)."""
    if prefix:
        return Cache(layers=[RoomyLayer(keys, values) for keys, values in prefix])
    return Cache(layers=[RoomyLayer() for _ in range(layers)])


def tokens_in(cache: Cache) -> int:
    """How many tokens a cache holds; of one that went through all layers, should a pass have failed between them."""
    return cache.get_seq_length(len(cache) - 1)


def first_tokens(cache: Cache, tokens: int) -> Layers:
    """Views of the first tokens of a one-row cache."""
    return [(layer.keys[:, :, :tokens], layer.values[:, :, :tokens]) for layer in cache.layers]


class Batch:
    """The caches of several rows as one, padded on the left. A single row stays in its own cache."""

    def __init__(self, caches: list[Cache]):
        lengths = [tokens_in(cache) for cache in caches]
        self._padding = [max(lengths) - length for length in lengths]
        self.cache = caches[0]
        if len(caches) > 1:
            layers = zip(*(cache.layers for cache in caches), strict=True)
            self.cache = Cache(layers=[RoomyLayer.merged(list(parts), max(lengths)) for parts in layers])

    def mask(self) -> Tensor | None:
        """[rows, tokens so far and a new one]: 1 where there is a token; None where nothing is padded."""
        if not any(self._padding):
            return None
        places = torch.arange(tokens_in(self.cache) + 1)
        return (places >= torch.tensor(self._padding)[:, None]).long()

    def positions(self) -> Tensor:
        """[rows, 1]: the position of each row's next token."""
        return tokens_in(self.cache) - torch.tensor(self._padding)[:, None]

    def keep(self, rows: list[int]) -> list[int]:
        """Go on with some rows; returns them in their new order: the last ones take the places of those that left."""
        movers = rows[::-1]
        rows = [place if place in rows else movers.pop(0) for place in range(len(rows))]
        padding = [self._padding[row] for row in rows]
        for layer in self.cache.layers:
            layer.keep(rows, min(padding))
        self._padding = [places - min(padding) for places in padding]
        return rows

    def row(self, row: int) -> Layers:
        """One row without padding; a copy where there are several rows, so that it does not keep them all alive."""
        window = (slice(row, row + 1), slice(None), slice(self._padding[row], tokens_in(self.cache)))
        views = [(layer.keys[window], layer.values[window]) for layer in self.cache.layers]
        if len(self._padding) == 1:
            return views
        return [(keys.clone(), values.clone()) for keys, values in views]
