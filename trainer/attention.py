"""Attention within the segments of a packed row (trainer.packing), for any model of transformers.

One call of PyTorch's attention a segment, its keys being its script's and its own. A boolean mask over the whole row
says the same, but then every token is compared with every other: for four dialogues of one script attention took 31 s
of CPU time instead of 15, and nothing was won by sharing.
"""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from medsim.errors import MedSimError
from trainer.packing import NO_SCRIPT

SEGMENTED = "medsim_segments"
FLASH = "flash_attention_2"  # tells dialogues apart by positions that begin again, and so cannot share scripts


def segment_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: None,
    *,
    segments: list[tuple[int, int]],
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention of B x heads x N x width queries, keys and values; returns B x N x heads x width.

    `segments` are the (length, script) of packing.Collator: a token sees what came before it in its own segment, and
    the whole of the segment that is its script.
    """
    lengths = [length for length, _ in segments]
    queries, keys, values = (tensor.split(lengths, dim=2) for tensor in (query, key, value))
    outputs = []
    for number, (length, script) in enumerate(segments):
        if script == NO_SCRIPT:
            seen, mask = (keys[number], values[number]), None
        else:
            seen = tuple(torch.cat([parts[script], parts[number]], dim=2) for parts in (keys, values))
            before = torch.ones(length, lengths[script] + length, dtype=torch.bool, device=query.device)
            mask = before.tril(lengths[script])[None, None]
        output, _ = sdpa_attention_forward(module, queries[number], *seen, mask, is_causal=mask is None, **kwargs)
        outputs.append(output)
    return torch.cat(outputs, dim=1), None


def register() -> None:
    """Make SEGMENTED a name that models can be loaded with."""
    AttentionInterface.register(SEGMENTED, segment_attention)


def check_attention(implementation: str) -> None:
    """Raises MedSimError for an attention that would let the dialogues of a row see each other."""
    if implementation not in (SEGMENTED, FLASH):
        raise MedSimError(
            f"Attention '{implementation}' cannot keep the dialogues of a row apart: load the model with {SEGMENTED}."
        )
