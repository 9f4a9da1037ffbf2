"""The forward pass of Llama's architecture on a CPU, for the few tokens at a time of a conversation.

It computes what transformers and peft compute, from the same weights, which are neither copied nor changed, 1.2 to 3
times as fast for SmolLM2 (benchmarks/forward_speed.py): several rows are multiplied as weight @ rows.T, for which MKL
need not first copy the weight; LoRA adds two small products and no modules; keys and values are not repeated for the
heads that share them; and prompts of different lengths go through the layers side by side.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

import torch
from peft.tuners.lora import Linear as LoraLinear
from torch import Tensor, nn
from torch.nn import functional
from transformers import LlamaForCausalLM, PreTrainedModel
from transformers.cache_utils import Cache
from transformers.models.llama.modeling_llama import LlamaRMSNorm

from medsim.part import Part

FEW = 64
"""Rows up to which weight @ rows.T, and turning the result, is faster than rows @ weight.T."""


class _Span(NamedTuple):
    """Rows `first` to before `last` of a product have this adapter."""

    first: int
    last: int
    adapter: str


@dataclass(frozen=True)
class _Lora:
    """What an adapter adds to layers of the same inputs: to layer i, scale[i] * up[i] @ (its rows of `down` @ x)."""

    down: Tensor  # [ranks of all layers, inputs]
    ranks: list[slice]
    up: list[Tensor | None]  # each [outputs, rank]
    scales: list[float]


class _Linears:
    """Linear layers of the same inputs, with their adapters."""

    def __init__(self, *layers: nn.Module):
        linears = [layer.get_base_layer() if isinstance(layer, LoraLinear) else layer for layer in layers]
        self._weights = [linear.weight for linear in linears]
        self._places = _slices([len(weight) for weight in self._weights])
        self._biases = [(place, linear.bias) for place, linear in zip(self._places, linears, strict=True)]
        self._biases = [(place, bias) for place, bias in self._biases if bias is not None]
        names = {name for layer in layers if isinstance(layer, LoraLinear) for name in layer.lora_A}
        self._loras = {name: _lora(name, layers) for name in names}

    def __call__(self, x: Tensor, spans: list[_Span]) -> Tensor:
        """[rows, inputs] to [rows, outputs of all layers]."""
        outputs = self._places[-1].stop
        if len(x) <= FEW:
            turned = x.new_empty(outputs, len(x))
            for place, weight in zip(self._places, self._weights, strict=True):
                torch.mm(weight, x.t(), out=turned[place])
        else:
            turned = x.new_empty(len(x), outputs).t()
            for place, weight in zip(self._places, self._weights, strict=True):
                torch.mm(x, weight.t(), out=turned[place].t())
        for first, last, adapter in spans:
            if lora := self._loras.get(adapter):
                inner = torch.mm(lora.down, x[first:last].t())
                for place, ranks, up, scale in zip(self._places, lora.ranks, lora.up, lora.scales, strict=True):
                    if up is not None:
                        turned[place, first:last].addmm_(up, inner[ranks], alpha=scale)
        y = turned.t().contiguous()
        for place, bias in self._biases:
            y[:, place] += bias
        return y


def _slices(sizes: list[int]) -> list[slice]:
    return [slice(*ends) for ends in pairwise(accumulate(sizes, initial=0))]


def _lora(name: str, layers: Sequence[nn.Module]) -> _Lora:
    adapted = [layer if isinstance(layer, LoraLinear) and name in layer.lora_A else None for layer in layers]
    downs = [layer.lora_A[name].weight for layer in adapted if layer]
    return _Lora(
        down=torch.cat(downs) if len(downs) > 1 else downs[0],
        ranks=_slices([layer.r[name] if layer else 0 for layer in adapted]),
        up=[layer.lora_B[name].weight if layer else None for layer in adapted],
        scales=[layer.scaling[name] if layer else 0.0 for layer in adapted],
    )


@dataclass(frozen=True)
class _Rows:
    """A part among all the rows that go through the layers: its place, its shape, and what its tokens may see.

    `mask` is added to the scores, [rows, 1, group * tokens, all tokens]; it is None where each token sees all, or, if
    `causal`, what is before it.
    """

    place: slice
    rows: int
    tokens: int
    cache: Cache
    mask: Tensor | None
    causal: bool


class _Layer:
    """A decoder layer: attention, then the feed-forward network."""

    def __init__(self, layer: nn.Module, index: int):
        attention, mlp = layer.self_attn, layer.mlp
        self._index = index
        self._head_size, self._scaling = attention.head_dim, attention.scaling
        self._group = attention.num_key_value_groups
        self._heads = attention.config.num_attention_heads
        self._to_attention = _Linears(attention.q_proj, attention.k_proj, attention.v_proj)
        self._from_attention = _Linears(attention.o_proj)
        self._to_inner = _Linears(mlp.gate_proj, mlp.up_proj)
        self._from_inner = _Linears(mlp.down_proj)
        self._norms = layer.input_layernorm, layer.post_attention_layernorm

    def __call__(self, x: Tensor, turn: tuple[Tensor, Tensor], parts: list[_Rows], spans: list[_Span]) -> None:
        """Add its outputs to `x`, [all rows' tokens, hidden size]. `turn` are cosines and sines of the positions."""
        states = self._to_attention(_norm(x, self._norms[0]), spans).view(len(x), -1, self._head_size)
        pairs = self._heads + self._heads // self._group
        turned = _rotated(states[:, :pairs], *turn)
        query, key, value = turned[:, : self._heads], turned[:, self._heads :], states[:, pairs:]
        seen = torch.cat([self._attend(part, query, key, value) for part in parts])
        x += self._from_attention(seen, spans)
        gate, up = self._to_inner(_norm(x, self._norms[1]), spans).chunk(2, dim=1)
        x += self._from_inner(functional.silu(gate).mul_(up), spans)

    def _attend(self, part: _Rows, *states: Tensor) -> Tensor:
        """What a part's tokens, [rows * tokens, heads, head size] of all parts, see: [rows * tokens, hidden size]."""
        shape = (part.rows, part.tokens, -1, self._head_size)
        query, key, value = (state[part.place].view(shape).transpose(1, 2) for state in states)
        keys, values = part.cache.update(key, value, self._index)
        if part.causal:
            seen = functional.scaled_dot_product_attention(
                query, keys, values, is_causal=True, scale=self._scaling, enable_gqa=self._group > 1
            )
        else:
            # Query heads that share a key-value head as if they were further tokens: it is not copied for each
            grouped = query.reshape(part.rows, keys.shape[1], -1, self._head_size)
            seen = functional.scaled_dot_product_attention(
                grouped, keys, values, attn_mask=part.mask, scale=self._scaling
            ).view(query.shape)
        return seen.transpose(1, 2).reshape(part.rows * part.tokens, -1)


def _norm(x: Tensor, norm: LlamaRMSNorm) -> Tensor:
    return functional.rms_norm(x, norm.weight.shape, norm.weight, norm.variance_epsilon)


def _rotated(states: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Rotary position embedding (Su et al. 2021, https://arxiv.org/abs/2104.09864) of [tokens, heads, head size]."""
    half = states.shape[-1] // 2
    swapped = torch.cat((states[..., half:], states[..., :half]), dim=-1)
    return torch.addcmul(states * cosines, swapped, sines)


class LlamaForward:
    """Computes with the weights and adapters that `base` has now. For a thread inside `torch.inference_mode()`."""

    def __init__(self, base: LlamaForCausalLM):
        self._model = base.model
        self._layers = [_Layer(layer, index) for index, layer in enumerate(base.model.layers)]
        self._head = _Linears(base.lm_head)
        self._group = base.config.num_attention_heads // base.config.num_key_value_heads

    def __call__(self, parts: list[Part]) -> Tensor:
        """Append the parts' tokens to their caches; the logits after the last of each row, [all rows, vocabulary]."""
        placed = self._placed(parts)
        x = torch.cat([self._model.embed_tokens(part.ids).flatten(0, 1) for part in parts])
        turn = self._turn(x, torch.cat([_positions(part).flatten() for part in parts]))
        spans = _spans([name for part in parts for name in part.adapters for _ in range(part.ids.shape[1])])
        for layer in self._layers:
            layer(x, turn, placed, spans)
        last = torch.cat([x[part.place].view(part.rows, part.tokens, -1)[:, -1] for part in placed])
        return self._head(_norm(last, self._model.norm), _spans([name for part in parts for name in part.adapters]))

    def _placed(self, parts: list[Part]) -> list[_Rows]:
        places = _slices([part.ids.numel() for part in parts])
        return [
            _Rows(place, *part.ids.shape, part.cache, *self._mask(part))
            for place, part in zip(places, parts, strict=True)
        ]

    def _mask(self, part: Part) -> tuple[Tensor | None, bool]:
        """The mask of a part, and whether it is causal without one."""
        tokens, past = part.ids.shape[1], part.cache.get_seq_length()
        if part.mask is None and (tokens == 1 or not past):
            return None, tokens > 1
        seen = torch.ones(tokens, past + tokens, dtype=torch.bool).tril(past)[None, None]
        if part.mask is not None:
            seen = seen & part.mask.bool()[:, None, None]
        mask = torch.zeros(seen.shape, dtype=self._model.dtype).masked_fill_(~seen, -torch.inf)
        return mask.repeat(1, 1, self._group, 1), False

    def _turn(self, x: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines, and sines signed as `_rotated` wants them, each [tokens, 1, head size]."""
        cosines, sines = self._model.rotary_emb(x, positions[None])
        half = sines.shape[-1] // 2
        signed = torch.cat((-sines[..., :half], sines[..., half:]), dim=-1)
        return cosines[0, :, None], signed[0, :, None]


def _positions(part: Part) -> Tensor:
    if part.positions is not None:
        return part.positions
    past = part.cache.get_seq_length()
    return torch.arange(past, past + part.ids.shape[1]).repeat(part.ids.shape[0], 1)


def _spans(adapters: Sequence[str | None]) -> list[_Span]:
    """Runs of rows with the same adapter, without those of the base alone."""
    spans, first = [], 0
    for adapter, run in groupby(adapters):
        last = first + sum(1 for _ in run)
        if adapter is not None:
            spans.append(_Span(first, last, adapter))
        first = last
    return spans


def suits(base: PreTrainedModel, adapters: Collection[str | None]) -> bool:
    """Whether LlamaForward computes what `base` does with these adapters: plain Llama and LoRA, float32, on a CPU."""
    if type(base) is not LlamaForCausalLM or base.config.hidden_act != "silu" or base.device.type != "cpu":
        return False
    return all(parameter.dtype == torch.float32 for parameter in base.parameters()) and all(
        type(layer) is nn.Linear or _is_plain(layer, adapters)
        for name, layer in base.named_modules()
        if name == "lm_head" or name.endswith("_proj")
    )


def _is_plain(layer: nn.Module, adapters: Collection[str | None]) -> bool:
    return (
        type(layer) is LoraLinear
        and type(layer.get_base_layer()) is nn.Linear
        and not layer.merged
        and not any(layer.lora_variant.get(name) or layer.lora_bias.get(name) for name in adapters)
    )
