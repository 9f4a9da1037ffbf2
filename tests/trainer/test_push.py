"""Publishing, with the real client against the Hub of the tests."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest
from huggingface_hub import HfApi, ModelCard, constants, snapshot_download

from medsim.errors import MedSimError
from tests.conftest import REPOSITORY
from tests.hub_server import environment
from tests.hub_store import APP_TOKEN, READ_TOKEN, TOKEN
from tests.tiny import make_adapter
from trainer import push as command
from trainer.card import SETTINGS, model_card
from trainer.config import TrainConfig
from trainer.public_files import made_in, without_machine_paths
from trainer.push import push

BASE = "maker/tiny-base"
ADAPTER_FILES = {
    "README.md",
    "adapter_config.json",
    "adapter_model.safetensors",
    "base.json",
    "config.yaml",
    "prompt.json",
    "report.json",
}
MODEL_FILES = {
    "README.md",
    "base.json",
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "prompt.json",
    "template.jinja",
    "tokenizer.json",
    "tokenizer_config.json",
}
LEFT_ALONE = {".gitattributes"}
PROMPT = {"version": 1, "system": "You are {who}.\n```\n{facts}", "unlocked": "(Say: {facts})", "sha256": "cd" * 32}
EVENTS = [
    {"kind": "started", "step": 0, "total": 20, "dialogues": 24, "command": "/home/ana/secret/python"},
    {"kind": "step", "step": 10, "total": 20, "loss": 2.5},
    {"kind": "eval", "step": 10, "total": 20, "eval_loss": 1.125},
    {"kind": "eval", "step": 20, "total": 20, "eval_loss": 1.25},
    {"kind": "step", "step": 20, "total": 20, "loss": 1.123456},
    {"kind": "done", "step": 20},
]


def record(weights: Path, hub_id: str | None = BASE) -> None:
    """base.json and prompt.json, as training leaves them beside the weights."""
    base = {"name": "tiny", "hub_id": hub_id, "source": "local", "sha256": "ab" * 32, "folder": str(weights / "base")}
    (weights / "base.json").write_text(json.dumps(base))
    (weights / "prompt.json").write_text(json.dumps(PROMPT))


@pytest.fixture(scope="module")
def made_run(tmp_path_factory, tiny_base) -> Path:
    """A run folder as training leaves it, with much in it that must stay at home."""
    run = tmp_path_factory.mktemp("runs") / "first"
    make_adapter(run / "adapter", tiny_base)
    record(run / "adapter")
    (run / "config.yaml").write_text(
        f"model_name_or_path: {tiny_base}\ntrain_file: {run}/my data/train.jsonl\n"
        "validation_file: C:\\Users\\ana\\validation.jsonl\nresume_from_checkpoint: null\n"
        f"output_dir: {run}\nlearning_rate: 2e-4\nlora_r: 8\nnum_train_epochs: 3\neval_strategy: no\n"
    )
    lines = [json.dumps(event) for event in EVENTS]
    (run / "events.jsonl").write_text("\n".join(lines) + '\n{"kind": "step", "lo')
    (run / "report.json").write_text(json.dumps({"overall": 0.5, "file": f"{run}/x.jsonl", "text": f"see {run}/y."}))
    for name in ("log.txt", "run.json", "command.txt", "samples.jsonl", "adapter/optimizer.pt", "adapter/notes.txt"):
        (run / name).write_text(f"private {run}")
    (run / "checkpoints" / "checkpoint-20").mkdir(parents=True)
    (run / "checkpoints" / "checkpoint-20" / "adapter_model.safetensors").write_text("private")
    (run / "adapter" / "tokenizer.json").symlink_to(run / "log.txt")
    return run


@pytest.fixture
def run(made_run, tmp_path) -> Path:
    """A copy of the run that a test may change."""
    return copytree(made_run, tmp_path / "run", symlinks=True)


@pytest.fixture
def merged(tiny_base, tmp_path) -> Path:
    folder = copytree(tiny_base, tmp_path / "merged")
    record(folder)
    (folder / "template.jinja").write_text("{{ messages }}")
    return folder


@pytest.fixture
def said() -> list[str]:
    return []


def published(server, repo_id: str = "tester/patient") -> set[str]:
    return set(server.state.repo(repo_id).files) - LEFT_ALONE


def test_an_adapter_is_one_private_commit_of_what_belongs_there(server, made_run, said):
    for index, path in enumerate((made_run, made_run / "adapter")):
        url = push(path, f"tester/patient-{index}", token=TOKEN, say=said.append)
        repo = server.state.repo(f"tester/patient-{index}")
        assert url == f"{server.endpoint}/tester/patient-{index}"
        assert published(server, repo.id) == ADAPTER_FILES
        assert [commit.author for commit in repo.commits] == ["system", "tester"]
        assert repo.private
        assert repo.read("adapter_model.safetensors") == (made_run / "adapter/adapter_model.safetensors").read_bytes()
        assert ModelCard(repo.read("README.md").decode()).data.base_model == BASE
    assert said == []


def test_a_merged_model_comes_back_byte_for_byte(server, merged, tmp_path):
    (merged / "adapter_model.safetensors").write_bytes(b"of another")
    push(merged, "tester/patient", token=TOKEN)
    assert published(server) == MODEL_FILES
    folder = Path(snapshot_download("tester/patient", token=TOKEN, cache_dir=tmp_path / "cache"))
    for name in MODEL_FILES - {"README.md", "base.json"}:
        assert (folder / name).read_bytes() == (merged / name).read_bytes(), name
    card = (folder / "README.md").read_text()
    assert ModelCard(card).data.library_name == "transformers"
    assert "vllm serve tester/patient --chat-template template.jinja" in card


def test_sharded_weights_go_together(server, merged):
    (merged / "model.safetensors").rename(merged / "model-00001-of-00001.safetensors")
    index = {"weight_map": {"a": "model-00001-of-00001.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (merged / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(MedSimError, match="lacks model-00002-of-00002.safetensors"):
        push(merged, "tester/patient", token=TOKEN)
    del index["weight_map"]["b"]
    (merged / "model.safetensors.index.json").write_text(json.dumps(index))
    push(merged, "tester/patient", token=TOKEN)
    assert {"model-00001-of-00001.safetensors", "model.safetensors.index.json"} <= published(server)


def test_neither_machine_paths_nor_tokens_are_published(server, made_run, merged, tmp_path):
    push(made_run, "tester/patient", token=TOKEN)
    push(merged, "tester/merged", token=TOKEN)
    for repo in server.state.repos.values():
        for name in repo.files:
            content = repo.read(name)
            for secret in (TOKEN, "hf_", str(made_run.parent), str(tmp_path), "/tmp", "/home", "C:\\", "private"):
                assert secret.encode() not in content, f"{secret} in {name}"
    settings = server.state.repo("tester/patient").read("config.yaml").decode()
    assert settings.startswith("# Public copy: absolute paths are replaced by their last part.")
    assert "\ntrain_file: train.jsonl\nvalidation_file: validation.jsonl\n" in settings
    assert "eval_strategy: no\n" in settings and "learning_rate: 0.0002\n" in settings
    adapter = json.loads(server.state.repo("tester/patient").read("adapter_config.json"))
    assert adapter["base_model_name_or_path"] == BASE and adapter["r"] == 8
    report = json.loads(server.state.repo("tester/patient").read("report.json"))
    assert report == {"overall": 0.5, "file": "x.jsonl", "text": "see y."}


def test_only_absolute_paths_are_shortened():
    kept = ["148/92", "and/or", "2 mg/kg/day", "data/train.jsonl", "../data", "https://a.b/c/d", "maker/tiny-base"]
    assert without_machine_paths(kept) == kept
    shortened = {"/a/b/c": "c", "~/x/": "x", "C:\\a\\b c": "b c", "file:///a/b": "b", "at '/a/b', no": "at 'b', no"}
    assert {text: without_machine_paths(text) for text in shortened} == shortened


def test_the_adapter_loads_from_the_hub_as_its_card_says(server, made_run, tiny_base, tmp_path):
    server.state.add_repo(BASE, {file.name: file.read_bytes() for file in tiny_base.iterdir()})
    push(made_run, "tester/patient", token=TOKEN)
    card = server.state.repo("tester/patient").read("README.md").decode()
    code = re.search(r"```python\n(.*?)```", card, re.DOTALL)[1]
    ids = "tokenizer('When did it start?', return_tensors='pt')"
    code += f"\nprint([model(**{ids}).logits.double().sum().item() for model in (patient, patient.get_base_model())])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=environment(server, tmp_path), capture_output=True, text=True, check=True
    )
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_base)
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_base), made_run / "adapter")
    here = model(**tokenizer("When did it start?", return_tensors="pt")).logits.double().sum().item()
    assert json.loads(loaded.stdout)[0] == pytest.approx(here, rel=1e-5)


def test_an_adapter_in_the_folder_of_other_things_goes_without_them(server, made_run, tmp_path):
    copytree(made_run / "adapter", tmp_path / "my-adapter", symlinks=True)
    for name in ("config.yaml", "report.json"):
        (tmp_path / name).write_text("database: secret\n")
    push(tmp_path / "my-adapter", "tester/patient", token=TOKEN)
    assert published(server) == ADAPTER_FILES - {"config.yaml", "report.json"}


def test_a_path_may_begin_with_the_home_folder(server, made_run, monkeypatch):
    monkeypatch.setenv("HOME", str(made_run.parent))
    push(f"~/{made_run.name}", "tester/patient", token=TOKEN)
    assert published(server) == ADAPTER_FILES
    assert "| Training dialogues | 24 |" in server.state.repo("tester/patient").read("README.md").decode()


def test_public_only_when_asked(server, made_run):
    push(made_run, "tester/patient", token=TOKEN, public=True)
    assert not server.state.repo("tester/patient").private


def test_a_second_push_is_a_new_version_with_the_same_visibility(server, made_run, merged, said):
    push(made_run, "tester/patient", token=TOKEN)
    api = HfApi(token=TOKEN)
    api.upload_file(path_or_fileobj=b"mine", path_in_repo="LICENSE.txt", repo_id="tester/patient")
    push(merged, "tester/patient", token=TOKEN, public=True, message="Merged", say=said.append)
    repo = server.state.repo("tester/patient")
    assert repo.private and repo.commits[-1].summary == "Merged" and len(repo.commits) == 4
    assert published(server) == MODEL_FILES | {"LICENSE.txt"}
    assert "was private before and stays so" in said[0]
    assert said[1].startswith("Removed from tester/patient") and "adapter_model.safetensors" in said[1]
    repo.private = False
    push(made_run, "tester/patient", token=TOKEN, say=said.append)
    assert not repo.private and "was public before and stays so" in said[2]


def test_nothing_is_overwritten_that_came_meanwhile(server, run):
    push(run, "tester/patient", token=TOKEN)
    repo = server.state.repo("tester/patient")

    def someone_else(_):
        server.state.append(repo, "theirs", [], dict(repo.files), "lab")

    (run / "events.jsonl").unlink()
    with pytest.raises(MedSimError, match="was changed by someone else meanwhile: run this again"):
        push(run, "tester/patient", token=TOKEN, public=True, message="mine", say=someone_else)
    assert repo.commits[-1].summary == "theirs"


@pytest.mark.parametrize(
    ("token", "repo_id", "sentence"),
    [
        ("hf_unknown", "tester/patient", "does not know this token: run `hf auth login` again"),
        (READ_TOKEN, "tester/patient", "may not write to tester: use your own user name .* write permission"),
        (TOKEN, "stranger/patient", "may not write to stranger"),
        (TOKEN, "maker/shown", "may not write to maker"),
        (APP_TOKEN, "tester/hidden", "exists already, and this token may not see it"),
        (TOKEN, "patient", "'patient' is not a repository id: write USER/NAME"),
        (TOKEN, "a/b/c", "is not a repository id"),
        (TOKEN, "tester/my patient", "is not a repository id"),
        ("hf_a\nb", "tester/patient", "holds characters that no token has"),
    ],
)
def test_refusals_say_what_to_do(server, made_run, token, repo_id, sentence):
    server.state.add_repo("maker/shown", {"config.json": b"{}"})
    server.state.add_repo("tester/hidden", {"config.json": b"{}"}, private=True)
    with pytest.raises(MedSimError, match=sentence) as caught:
        push(made_run, repo_id, token=token)
    assert "\n" not in str(caught.value) and token not in str(caught.value)
    assert all(len(repo.commits) == 1 for repo in server.state.repos.values())


def test_no_login(server, made_run, monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", "nowhere")
    with pytest.raises(MedSimError, match="not logged in to the Hub: run `hf auth login`, or set HF_TOKEN"):
        push(made_run, "tester/patient")


def test_no_hub(server, made_run, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setattr(constants, "ENDPOINT", nobody)
    with pytest.raises(MedSimError, match=f"The Hub at {nobody} cannot be reached .*: check the network"):
        push(made_run, "tester/patient", token=TOKEN)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(MedSimError, match="HF_HUB_OFFLINE is set: unset it"):
        push(made_run, "tester/patient", token=TOKEN)


def test_folders_without_a_whole_model_are_refused(server, run, merged, tmp_path):
    weights = run / "adapter" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(MedSimError, match="adapter_model.safetensors is damaged"):
        push(run, "tester/patient", token=TOKEN)
    weights.unlink()
    weights.symlink_to(run / "log.txt")
    with pytest.raises(MedSimError, match="lacks adapter_model.safetensors .links are not followed.*trainer.merge"):
        push(run, "tester/patient", token=TOKEN)
    (merged / "tokenizer.json").unlink()
    with pytest.raises(MedSimError, match="lacks tokenizer.json"):
        push(merged, "tester/patient", token=TOKEN)
    (tmp_path / "empty").mkdir()
    with pytest.raises(MedSimError, match="adapter_config.json"):
        push(tmp_path / "empty", "tester/patient", token=TOKEN)
    assert not server.state.repos


def test_a_base_that_the_hub_does_not_have_is_refused(server, run):
    sentence = r'base.json does not say which model .*: write "hub_id": "NAMESPACE/NAME" there'
    for hub_id in (None, "/home/ana/base", "base"):
        record(run / "adapter", hub_id)
        with pytest.raises(MedSimError, match=sentence):
            push(run, "tester/patient", token=TOKEN)
    (run / "adapter" / "base.json").unlink()
    with pytest.raises(MedSimError, match="base.json is missing or damaged. Restore it"):
        push(run, "tester/patient", token=TOKEN)
    assert not server.state.repos


def test_a_llama_carries_its_licence(server, run, said):
    record(run / "adapter", "meta-llama/Llama-3.2-1B")
    push(run, "tester/patient", token=TOKEN, say=said.append)
    repo = server.state.repo("tester/patient")
    card = repo.read("README.md").decode()
    assert ModelCard(card).data.license == "llama3.2" and "Built with Llama" in card
    assert repo.read("Notice").startswith(b"Llama 3.2 is licensed under the Llama 3.2 Community License, Copyright")
    assert 'begins with "Llama"' in said[0] and said[0] in card and "LICENSE.txt" in said[1]
    (run / "adapter" / "LICENSE.txt").write_text("the agreement")
    push(run, "tester/Llama-3.2-1B-patient", token=TOKEN, say=said.append)
    assert len(said) == 2 and "LICENSE.txt" in published(server, "tester/Llama-3.2-1B-patient")


def card_of(run: Path) -> str:
    return model_card(made_in(run), "tester/patient")


def test_the_card_is_made_from_the_run(made_run, run):
    card = ModelCard(card_of(made_run))
    facts = card.data.to_dict()
    assert (facts["library_name"], facts["base_model_relation"], facts["license"]) == ("peft", "adapter", "other")
    assert {"medical-education", "patient-simulation", "medsim-llm"} <= set(facts["tags"]) and "datasets" not in facts
    for row in (
        "| Training data | train.jsonl |",
        "| Evaluation data | validation.jsonl |",
        "| Training dialogues | 24 |",
        "| Last training loss | 1.123 (step 20 of 20) |",
        "| Last evaluation loss | 1.25 (step 20 of 20) |",
        "| Lowest evaluation loss | 1.125 (step 10 of 20) |",
        "| Learning rate | 0.0002 |",
        "| LoRA rank | 8 |",
    ):
        assert row in card.text
    assert f"````text\n{PROMPT['system']}\n````" in card.text and PROMPT["unlocked"] in card.text
    assert "fictional" in card.text and "medical advice" in card.text
    assert "not trained to its end" not in card.text
    assert set(SETTINGS) <= set(TrainConfig.model_fields)
    (run / "events.jsonl").write_text(json.dumps(EVENTS[1]))
    assert "not trained to its end" in card_of(run)
    for name in ("events.jsonl", "config.yaml", "adapter/prompt.json"):
        (run / name).unlink()
    bare = card_of(run)
    assert "## Training" not in bare and "## Prompt" not in bare and "from_pretrained" in bare
    record(run / "adapter", "HuggingFaceTB/SmolLM2-135M-Instruct")
    assert ModelCard(card_of(run)).data.license == "apache-2.0"


def test_the_command(server, made_run, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    flags = ["--path", str(made_run), "--repo_id", "tester/patient", "--message", "Hi"]
    monkeypatch.setattr(sys, "argv", ["push", *flags])
    command.main()
    assert capsys.readouterr().out.splitlines()[-1] == f"{server.endpoint}/tester/patient"
    assert server.state.repo("tester/patient").commits[-1].summary == "Hi"


def test_the_command_ends_with_a_sentence(server, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "trainer.push", "--path", str(tmp_path), "--repo_id", "tester/patient"],
        env=environment(server, tmp_path), cwd=REPOSITORY, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and "adapter_config.json" in done.stderr
