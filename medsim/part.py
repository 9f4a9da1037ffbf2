"""What a forward pass is asked to compute."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor
from transformers.cache_utils import Cache


@dataclass(frozen=True)
class Part:
    """Rows with as many new tokens each, appended to one cache.

    `ids` is [rows, tokens]; `adapters` has a name or None for each row. `mask`, [rows, tokens in the cache and new],
    is 0 at padding, and None if there is none; `positions`, [rows, tokens], is None where tokens are just counted.
    """

    ids: Tensor
    cache: Cache
    adapters: Sequence[str | None]
    mask: Tensor | None = None
    positions: Tensor | None = None
