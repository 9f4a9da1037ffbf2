"""LoRA adapters: checking a folder before anything is loaded from it, and switching between loaded ones.

An adapter folder may come from anyone. Of its adapter_config.json only numbers and flags of plain LoRA are used;
which modules it changes is read from the tensors themselves, and each must fit the base.
"""

import json
import math
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from peft import LoraConfig
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from medsim.errors import MedSimError

MAX_RANK = 256
MAX_CONFIG_BYTES = 2**18
MAX_WEIGHTS_BYTES = 2**30
BASE = "__base__"  # what peft calls the base alone in `adapter_names`

_USED = {"peft_type", "r", "lora_alpha", "alpha_pattern", "use_rslora", "use_dora", "init_lora_weights", "bias"}
# These say how it was trained, or which modules it changes, which the tensors say better
_WITHOUT_EFFECT = {
    "task_type", "peft_version", "base_model_name_or_path", "revision", "inference_mode", "auto_mapping",
    "lora_dropout", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "rank_pattern",
}  # fmt: skip
_PLAIN_STARTS = (True, False, "gaussian", "orthogonal", "eva")  # other starts of training change the base as well
_TENSOR = re.compile(
    r"base_model\.model\.(?P<module>[\w.]+)\.(?P<part>lora_A\.weight|lora_B\.weight|lora_magnitude_vector)"
)
_PATTERN = re.compile(r"\^?[\w.]{1,200}")


def read_adapter(folder: str | Path, base: nn.Module) -> tuple[LoraConfig, dict[str, Tensor]]:
    """The checked configuration and weights of an adapter for `base`. Raises MedSimError in one sentence."""
    folder = Path(folder)
    config = _read_config(folder)
    try:
        weights = _read_weights(folder / "adapter_model.safetensors")
        ranks = _ranks(weights, base, config)
    except SafetensorError as error:
        raise _refusal(folder, f"its weights cannot be read ({error})", "download or train it again") from error
    except ValueError as error:
        raise _refusal(folder, str(error), "use an adapter that was trained on this base") from error
    lora = LoraConfig(
        r=config["r"],
        lora_alpha=config["lora_alpha"],
        use_rslora=config.get("use_rslora", False),
        use_dora=config.get("use_dora", False),
        alpha_pattern=config.get("alpha_pattern") or {},
        rank_pattern={module: rank for module, rank in ranks.items() if rank != config["r"]},
        target_modules=list(ranks),
        inference_mode=True,
    )
    return lora, weights


def _refusal(folder: Path, reason: str, cure: str) -> MedSimError:
    return MedSimError(f"The adapter in {folder} cannot be used: {reason}; {cure}.")


def _read_config(folder: Path) -> dict[str, Any]:
    file = folder / "adapter_config.json"
    try:
        if file.stat().st_size > MAX_CONFIG_BYTES:
            raise ValueError
        config = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _refusal(
            folder, "adapter_config.json is missing or no readable JSON", "choose a folder saved by peft"
        ) from error
    if problem := _config_problem(config):
        raise _refusal(folder, problem, "merge it into its base where it was trained, and load the merged model")
    return config


def _config_problem(config: Any) -> str | None:
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        return "it is no LoRA adapter"
    defaults = LoraConfig().to_dict()
    for key, value in config.items():
        if key not in _USED | _WITHOUT_EFFECT and value and value != defaults.get(key):
            return f"it uses {key!r}, which is not supported"
    if config.get("bias", "none") != "none":
        return "it changes the biases of the base"
    if config.get("init_lora_weights", True) not in _PLAIN_STARTS:
        return f"its training began with {config['init_lora_weights']!r}, which changes the base"
    if type(config.get("r")) is not int or not 1 <= config["r"] <= MAX_RANK:
        return f"its rank is not between 1 and {MAX_RANK}"
    alphas = config.get("alpha_pattern") or {}
    if not isinstance(alphas, dict) or len(alphas) > 1000 or not all(map(_PATTERN.fullmatch, alphas)):
        return "its alpha_pattern is not a list of modules"
    if not all(map(_is_number, [config.get("lora_alpha"), *alphas.values()])):
        return "its lora_alpha is not a number"
    if not all(isinstance(config.get(flag, False), bool) for flag in ("use_rslora", "use_dora")):
        return "its flags are not true or false"
    return None


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _read_weights(file: Path) -> dict[str, Tensor]:
    if not file.is_file():
        raise ValueError("adapter_model.safetensors is missing")
    if file.stat().st_size > MAX_WEIGHTS_BYTES:
        raise ValueError(f"its weights are larger than {MAX_WEIGHTS_BYTES // 2**20} MiB")
    with safe_open(file, framework="pt") as tensors:
        return {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 (no mapping)


def _ranks(weights: dict[str, Tensor], base: nn.Module, config: dict[str, Any]) -> dict[str, int]:
    """The rank at each module that the adapter changes. Raises ValueError unless every tensor has its place."""
    modules: dict[str, dict[str, Tensor]] = {}
    for name, tensor in weights.items():
        match = _TENSOR.fullmatch(name)
        if match is None:
            raise ValueError(f"it holds {name[:80]!r}, which is no LoRA weight")
        if not tensor.is_floating_point() or not tensor.isfinite().all():
            raise ValueError(f"{name!r} holds values that are no finite numbers")
        modules.setdefault(match["module"], {})[match["part"]] = tensor
    if not modules:
        raise ValueError("it holds no weights")
    linears = {name: module for name, module in _plain_modules(base) if isinstance(module, nn.Linear)}
    for name, parts in modules.items():
        if name not in linears:
            raise ValueError(f"the base has no linear layer {name!r}")
        if {part: tuple(tensor.shape) for part, tensor in parts.items()} != _shapes(linears[name], parts, config):
            raise ValueError(f"the shapes of its weights do not fit the base at {name!r}")
    return {name: len(parts["lora_A.weight"]) for name, parts in modules.items()}


def _shapes(linear: nn.Linear, parts: dict[str, Tensor], config: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """What the shapes of an adapter's tensors have to be at a layer, given the rank of the first."""
    rank = parts["lora_A.weight"].shape[:1].numel() if "lora_A.weight" in parts else 0
    if not 1 <= rank <= MAX_RANK:
        return {}
    shapes = {"lora_A.weight": (rank, linear.in_features), "lora_B.weight": (linear.out_features, rank)}
    if config.get("use_dora"):
        shapes["lora_magnitude_vector"] = (linear.out_features,)
    return shapes


def _plain_modules(base: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The modules of a model as they were before adapters were put around some of them."""
    inside = None
    for name, module in base.named_modules():
        if inside and name.startswith(inside):
            continue
        if isinstance(module, BaseTunerLayer):
            inside = f"{name}."
            module = module.get_base_layer()
        yield name, module


@contextmanager
def using(base: nn.Module, adapters: list[str | None]) -> Iterator[None]:
    """Forward passes inside compute row i with `adapters[i]`, or with the base alone where it is None."""
    layers = _adapter_layers(base)
    names = [BASE if adapter is None else adapter for adapter in adapters]
    mixed = len(set(names)) > 1
    with ExitStack() as hooks:
        for layer in layers:
            layer.enable_adapters(mixed or adapters[0] is not None)
            if mixed:
                # What peft itself does for `adapter_names`, but for many passes at once, and undone after an error too
                hook = layer.register_forward_pre_hook(partial(_add_names, names), with_kwargs=True)
                hooks.callback(hook.remove)
            elif adapters[0] is not None:
                layer.set_adapter([adapters[0]], inference_mode=True)
        yield


def _add_names(names: list[str], layer: nn.Module, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    return args, {**kwargs, "adapter_names": names}


def _adapter_layers(base: nn.Module) -> list[BaseTunerLayer]:
    return [module for module in base.modules() if isinstance(module, BaseTunerLayer)]


@contextmanager
def borrowed(base: nn.Module) -> Iterator[None]:
    """Evaluation mode inside; afterwards mode, active adapters and gradients are as before: it may be in training."""
    modes = [(module, module.training) for module in base.modules()]
    gradients = [(parameter, parameter.requires_grad) for parameter in base.parameters()]
    layers = [(layer, layer.active_adapters, layer.disable_adapters) for layer in _adapter_layers(base)]
    base.eval()
    try:
        yield
    finally:
        for layer, active, disabled in layers:
            layer.set_adapter(active)
            layer.enable_adapters(not disabled)
        for parameter, wanted in gradients:
            parameter.requires_grad_(wanted)
        for module, training in modes:
            module.training = training


def is_dora(base: nn.Module, adapter: str) -> bool:
    """Whether an adapter is a DoRA, which peft cannot mix with others in one batch."""
    return any(layer.use_dora.get(adapter, False) for layer in _adapter_layers(base))
