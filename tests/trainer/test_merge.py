import json
from shutil import copytree

import pytest
import torch

from medsim.bases import describe, load_model, load_tokenizer
from medsim.engine import Engine
from medsim.errors import MedSimError
from medsim.prompt import ChatFormat, encode
from medsim.sampling import Sampling
from medsim.system_prompt import SystemPrompt
from tests.tiny import LLAMA3, make_model, make_tokenizer, make_trained_adapter
from trainer import merge as merging
from trainer.finish import end_of_turn
from trainer.merge import merge


@pytest.fixture(scope="module")
def adapter(tiny_base, tmp_path_factory):
    return make_trained_adapter(tmp_path_factory.mktemp("adapter"), tiny_base)


def logits(model, ids: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model(torch.tensor([ids])).logits


def test_the_merged_model_says_what_base_and_adapter_say(tiny_base, adapter, tmp_path, script, dialogue):
    from peft import PeftModel

    folder = merge(adapter, tmp_path / "merged")
    ids = encode(script, dialogue, ChatFormat(load_tokenizer(folder))).ids
    base, merged = load_model(tiny_base), load_model(folder)
    expected = logits(PeftModel.from_pretrained(load_model(tiny_base), adapter), ids)
    assert (logits(base, ids) - expected).abs().max() > 0.01
    torch.testing.assert_close(logits(merged, ids), expected, atol=1e-5, rtol=0)


def test_all_that_belongs_to_a_model_is_there(tiny_base, tiny_format, adapter, tmp_path, script, dialogue):
    folder = merge(adapter, tmp_path / "merged")
    assert encode(script, dialogue, ChatFormat(load_tokenizer(folder))) == encode(script, dialogue, tiny_format)
    assert (folder / "template.jinja").read_text() == tiny_format.template
    assert json.loads((folder / "base.json").read_text()) == json.loads((adapter / "base.json").read_text())
    assert SystemPrompt.of_adapter(folder) == SystemPrompt()
    assert json.loads((folder / "generation_config.json").read_text())["eos_token_id"] == [end_of_turn(tiny_format)]
    settings = json.loads((folder / "config.json").read_text())
    assert settings["use_cache"] is True and "quantization_config" not in settings
    for file in folder.iterdir():
        assert file.stat().st_mode & 0o444 == 0o444
        assert file.name == "base.json" or str(tiny_base).encode() not in file.read_bytes()
    engine = Engine.load(folder)
    assert "".join(pieces[0] for pieces in engine.generate([([5, 6, 7], None)], Sampling(seed=0, max_new_tokens=8)))
    engine.close()


@pytest.mark.parametrize("template", [LLAMA3, None])
def test_other_bases(tmp_path, template, script, dialogue):
    """One that has a template with an end of turn of its own, and one without any template."""
    tokenizer = make_tokenizer(template)
    make_model(tokenizer).to(torch.bfloat16).save_pretrained(tmp_path / "base")
    tokenizer.save_pretrained(tmp_path / "base")
    make_trained_adapter(tmp_path / "adapter", tmp_path / "base")
    folder = merge(tmp_path / "adapter", tmp_path / "merged")
    base = ChatFormat(load_tokenizer(tmp_path / "base"))
    assert encode(script, dialogue, ChatFormat(load_tokenizer(folder))) == encode(script, dialogue, base)
    text = load_tokenizer(folder).apply_chat_template(
        [{"role": "user", "content": "Hi."}], tokenize=False, chat_template=(folder / "template.jinja").read_text()
    )
    assert "Hi." in text
    ends = json.loads((folder / "generation_config.json").read_text())["eos_token_id"]
    assert end_of_turn(base) in ends and tokenizer.eos_token_id in ends
    assert json.loads((folder / "config.json").read_text())["dtype"] == "bfloat16"
    assert load_model(folder, dtype="auto").dtype == torch.bfloat16


def test_another_base_is_told_and_named(tiny_base, adapter, tmp_path):
    tokenizer = make_tokenizer()
    make_model(tokenizer, seed=5).save_pretrained(tmp_path / "other")
    tokenizer.save_pretrained(tmp_path / "other")
    with pytest.warns(UserWarning, match="was trained on"):
        merge(adapter, tmp_path / "merged", base=str(tmp_path / "other"))
    assert json.loads((tmp_path / "merged" / "base.json").read_text()) == describe(tmp_path / "other")
    copytree(tiny_base, tmp_path / "copy")
    merge(adapter, tmp_path / "again", base=str(tmp_path / "copy"))  # the same weights: the Hub id is still known
    assert (tmp_path / "again" / "base.json").read_text() == (adapter / "base.json").read_text()


def test_refusals(tiny_base, adapter, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    with pytest.raises(MedSimError, match="holds something already"):
        merge(adapter, tmp_path / "full")
    with pytest.raises(MedSimError, match="nothing to merge"):
        merge(tiny_base, tmp_path / "merged")
    with pytest.raises(MedSimError, match="no model|no trained weights"):
        merge(tmp_path / "full", tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_failure_leaves_nothing(adapter, tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(merging, "write_model_files", fail)
    with pytest.raises(OSError):
        merge(adapter, tmp_path / "merged")
    assert list(tmp_path.iterdir()) == []


def test_from_the_command_line(adapter, tmp_path, monkeypatch, capsys):
    output = str(tmp_path / "merged")
    monkeypatch.setattr("sys.argv", ["merge", "--adapter", str(adapter), "--output_dir", output])
    merging.main()
    assert f"vllm serve {output} --chat-template {output}/template.jinja" in capsys.readouterr().out
