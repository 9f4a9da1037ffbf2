"""Adapter folders that must not be loaded: each is a good one with one thing changed."""

import json
import shutil

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file

from medsim.adapters import read_adapter
from medsim.bases import load_model
from medsim.errors import MedSimError
from tests.tiny import make_adapter


@pytest.fixture(scope="module")
def good(tmp_path_factory, tiny_base):
    settings = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"], "rank_pattern": {"v_proj": 2}}
    return make_adapter(tmp_path_factory.mktemp("adapter") / "good", tiny_base, **settings)


@pytest.fixture
def folder(good, tmp_path):
    """A copy of the good adapter, to be changed."""
    return shutil.copytree(good, tmp_path / "adapter")


@pytest.fixture(scope="module")
def base(tiny_base):
    return load_model(tiny_base)


def with_config(**changes):
    def change(folder):
        file = folder / "adapter_config.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))

    return change


def with_weights(change_weights):
    def change(folder):
        file = folder / "adapter_model.safetensors"
        weights = load_file(file)
        change_weights(weights)
        save_file(weights, file)

    return change


def renamed(old, new):
    def change(weights):
        for name in list(weights):
            weights[name.replace(old, new)] = weights.pop(name)

    return change


def with_file(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def pickled(folder):
    torch.save(load_file(folder / "adapter_model.safetensors"), folder / "adapter_model.bin")
    (folder / "adapter_model.safetensors").unlink()


def truncated(folder):
    file = folder / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


QUERY = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
KEY = QUERY.replace("q_proj", "k_proj")
HOSTILE = {
    "no folder": (shutil.rmtree, "adapter_config.json"),
    "no configuration": (lambda folder: (folder / "adapter_config.json").unlink(), "adapter_config.json"),
    "no JSON": (with_file("adapter_config.json", b"{"), "adapter_config.json"),
    "deep JSON": (with_file("adapter_config.json", b"[" * 100_000), "adapter_config.json"),
    "a list": (with_file("adapter_config.json", b"[]"), "no LoRA"),
    "a huge configuration": (with_config(padding="x" * 300_000), "adapter_config.json"),
    "another method": (with_config(peft_type="IA3"), "no LoRA"),
    "code": (with_config(auto_map={"AutoModel": "evil.Evil"}), "auto_map"),
    "trusted code": (with_config(trust_remote_code=True), "trust_remote_code"),
    "a module to import": (with_config(megatron_core="os", megatron_config={"a": 1}), "megatron"),
    "layers of the base repeated": (with_config(layer_replication=[[0, 2], [0, 2]]), "layer_replication"),
    "whole modules": (with_config(modules_to_save=["lm_head"]), "modules_to_save"),
    "biases": (with_config(bias="all"), "biases"),
    "a base to be changed": (with_config(init_lora_weights="pissa"), "pissa"),
    "rank 512": (with_config(r=512), "rank"),
    "rank true": (with_config(r=True), "rank"),
    "alpha NaN": (with_config(lora_alpha=float("nan")), "lora_alpha"),
    "alpha text": (with_config(lora_alpha="8"), "lora_alpha"),
    "a slow pattern": (with_config(alpha_pattern={"(a+)+$": 8}), "alpha_pattern"),
    "a flag that is text": (with_config(use_dora="yes"), "flags"),
    "DoRA without magnitudes": (with_config(use_dora=True), "shapes"),
    "pickle only": (pickled, "adapter_model.safetensors is missing"),
    "truncated weights": (truncated, "cannot be read"),
    "no safetensors": (with_file("adapter_model.safetensors", b"\xff" * 64), "cannot be read"),
    "no weights": (with_weights(dict.clear), "no weights"),
    "NaN": (with_weights(lambda weights: weights[QUERY].fill_(float("nan"))), "finite"),
    "infinity": (with_weights(lambda weights: weights[QUERY].fill_(float("inf"))), "finite"),
    "integers": (with_weights(lambda weights: weights.update({QUERY: weights[QUERY].int()})), "finite"),
    "another shape": (with_weights(lambda weights: weights.update({QUERY: torch.ones(4, 65)})), "do not fit"),
    "a scalar": (with_weights(lambda weights: weights.update({QUERY: torch.tensor(1.0)})), "do not fit"),
    "another rank": (with_weights(lambda weights: weights.update({QUERY: torch.ones(5, 64)})), "do not fit"),
    "rank 257": (with_weights(lambda weights: weights.update({QUERY: torch.ones(257, 64)})), "do not fit"),
    "no A": (with_weights(lambda weights: weights.pop(QUERY)), "do not fit"),
    "no B": (with_weights(lambda weights: weights.update({KEY: torch.ones(4, 64)})), "do not fit"),
    "a weight of the base": (
        with_weights(lambda weights: weights.update({"base_model.model.lm_head.weight": torch.ones(446, 64)})),
        "no LoRA weight",
    ),
    "another base": (
        with_weights(renamed("q_proj", "qkv_proj")),
        "no linear layer",
    ),
}


def test_a_good_one_is_read(folder, base):
    config, weights = read_adapter(folder, base)
    assert (config.r, config.lora_alpha) == (4, 8)
    assert config.rank_pattern == {f"model.layers.{layer}.self_attn.v_proj": 2 for layer in (0, 1)}
    assert len(weights) == 2 * 2 * 2


@pytest.mark.parametrize("case", HOSTILE)
def test_is_refused_in_one_sentence(folder, base, case):
    change, reason = HOSTILE[case]
    change(folder)
    with pytest.raises(MedSimError, match=reason) as refusal:
        read_adapter(folder, base)
    assert "\n" not in str(refusal.value)


def test_weights_inside_another_adapter_are_refused(folder, good, tiny_base):
    base = PeftModel.from_pretrained(load_model(tiny_base), good).get_base_model()
    read_adapter(folder, base)
    with_weights(renamed("q_proj", "q_proj.base_layer"))(folder)
    with pytest.raises(MedSimError, match="no linear layer"):
        read_adapter(folder, base)


def test_large_weights_are_refused_unread(folder, base):
    with (folder / "adapter_model.safetensors").open("ab") as file:
        file.truncate(2**30 + 1)  # a sparse file
    with pytest.raises(MedSimError, match="larger than 1024 MiB"):
        read_adapter(folder, base)
