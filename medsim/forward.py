"""Forward passes of a base with its adapters: by transformers and peft, or by `llama` where that computes the same."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext

import torch
from torch import Tensor
from transformers import PreTrainedModel

from medsim.adapters import using
from medsim.llama import LlamaForward, suits
from medsim.part import Part

Forward = Callable[[Sequence[Part]], Tensor]
"""Appends parts to their caches; returns the logits after the last token of each row, [all rows, vocabulary]."""


def forward_of(base: PreTrainedModel, adapters: Collection[str | None]) -> AbstractContextManager[Forward]:
    """The fastest way to compute with `base` and these adapters, for use inside."""
    return nullcontext(LlamaForward(base)) if suits(base, adapters) else TransformersForward(base)


class TransformersForward(ExitStack):
    """One part after the other. Switching adapters takes milliseconds, so they stay until others are wanted."""

    def __init__(self, base: PreTrainedModel):
        super().__init__()
        self._base = base
        self._adapters: Sequence[str | None] | None = None

    def __call__(self, parts: Sequence[Part]) -> Tensor:
        return torch.cat([self._one(part) for part in parts])

    def _one(self, part: Part) -> Tensor:
        if part.adapters != self._adapters:
            self.close()
            self.enter_context(using(self._base, part.adapters))
            self._adapters = part.adapters
        device = self._base.device
        output = self._base(
            input_ids=part.ids.to(device),
            attention_mask=None if part.mask is None else part.mask.to(device),
            position_ids=None if part.positions is None else part.positions.to(device),
            past_key_values=part.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[:, -1].float().cpu()
