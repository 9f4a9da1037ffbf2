"""Keys and values of token sequences seen before: a prompt that begins like one of them is not computed again."""

from dataclasses import dataclass

from torch import Tensor

Layers = list[tuple[Tensor, Tensor]]
"""Keys and values of each layer of one sequence, each [1, key-value heads, tokens, head size]."""


@dataclass(frozen=True)
class _Entry:
    adapter: str | None
    ids: list[int]
    layers: Layers

    @property
    def bytes(self) -> int:
        """What the entry keeps alive: the whole storage behind its views."""
        return sum(tensor.untyped_storage().nbytes() for layer in self.layers for tensor in layer)


class PrefixCache:
    """Sequences by adapter and token ids; the least recently used leave when `max_bytes` is exceeded.

    Stored tensors are never written to, only read through views. Not thread-safe: one thread uses it.
    """

    def __init__(self, max_bytes: int):
        self.max_bytes = max_bytes
        self._entries: list[_Entry] = []  # least recently used first

    @property
    def bytes(self) -> int:
        return sum(entry.bytes for entry in self._entries)

    def longest(self, adapter: str | None, ids: list[int]) -> tuple[int, Layers]:
        """The most tokens of `ids` that a stored sequence of this adapter begins with: their number, and views of them.

        At least the last token of `ids` is left to compute, since its logits are not stored. (0, []) if none fits.
        """
        best, tokens = None, 0
        for entry in self._entries:
            if entry.adapter == adapter and (common := _common_prefix(entry.ids, ids[:-1])) > tokens:
                best, tokens = entry, common
        if best is None:
            return 0, []
        self._entries.remove(best)
        self._entries.append(best)
        return tokens, [(keys[:, :, :tokens], values[:, :, :tokens]) for keys, values in best.layers]

    def put(self, adapter: str | None, ids: list[int], layers: Layers) -> None:
        """Keep a sequence; `layers` hold as many tokens as `ids`. Entries that it begins with are replaced by it."""
        if not ids or any(entry.adapter == adapter and entry.ids[: len(ids)] == ids for entry in self._entries):
            return
        self._entries = [e for e in self._entries if e.adapter != adapter or e.ids != ids[: len(e.ids)]]
        self._entries.append(_Entry(adapter, list(ids), layers))
        excess = self.bytes - self.max_bytes
        while excess > 0:
            excess -= self._entries.pop(0).bytes

    def drop(self, adapter: str | None) -> None:
        """Forget everything of one adapter."""
        self._entries = [entry for entry in self._entries if entry.adapter != adapter]


def _common_prefix(left: list[int], right: list[int]) -> int:
    shorter = min(len(left), len(right))
    if left[:shorter] == right[:shorter]:
        return shorter
    return next(i for i in range(shorter) if left[i] != right[i])
