"""The Train tab: handlers called as functions, and one run from the form to a merged model in the list of Chat."""

import inspect
import json
import re
import shlex
import shutil
import time
from html import unescape

import gradio as gr
import pytest
from gradio.helpers import special_args

from medsim.errors import DataError, MedSimError
from medsim.prompt import encode
from space import estimate, page, training_data
from space.access import Access
from space.context import App
from space.library import Library
from space.models import Models
from space.plots import loss_points
from space.run_list import find_run, runs_of
from space.tabs import train_data, train_new, train_publish, train_runs
from space.tabs.train import train_tab
from space.token_view import token_view
from space.train_settings import (
    FIELDS,
    NOTHING,
    PRESETS,
    STANDARD,
    TENTH,
    YAML,
    Choices,
    Folders,
    preset,
    settings,
    terminal_command,
)
from tests.space.conftest import EVIL, VISITOR
from tests.tiny import LLAMA3, make_base
from trainer.config import TrainConfig
from trainer.events import Events
from trainer.runs import Run


def line(script: str, *turns: str) -> str:
    roles = ("doctor", "patient")
    return json.dumps({
        "script": script,
        "dialogue": [{"role": roles[number % 2], "content": turn} for number, turn in enumerate(turns)],
    })  # fmt: skip


GOOD = [line(f"Patient {number}.", "What brings you in?", f"It started {number} days ago.") for number in range(5)]


@pytest.fixture
def app(tmp_path, tiny_base) -> App:
    """A server of one's own, with five dialogues."""
    for folder in ("data/scripts", "data/dialogues", "models"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "data/dialogues/train.jsonl").write_text("\n".join(GOOD))
    runs, shipped = tmp_path / "runs", tmp_path / "models"
    models = Models(str(tiny_base), {"runs": runs, "models": shipped})
    return App(Library(tmp_path / "data/scripts"), models, Access(local=True), str(tiny_base), runs, shipped)


@pytest.fixture
def choices(app) -> list:
    """What the page says at first."""
    own = Choices("train.jsonl", TENTH, app.base, "", STANDARD, "")
    return [*own, *train_new.fill(app, STANDARD)[2:]]


def config_of(app: App, choices: list) -> TrainConfig:
    count = len(Choices._fields)
    return settings(Folders(app.dialogues, app.runs), app.base, Choices(*choices[:count]), choices[count:])


def with_own(choices: list, **changes: str) -> list:
    count = len(Choices._fields)
    return [*Choices(*choices[:count])._replace(**changes), *choices[count:]]


def with_setting(choices: list, **changes) -> list:
    values = dict(zip(FIELDS, choices[len(Choices._fields) :], strict=True)) | changes
    return [*choices[: len(Choices._fields)], *values.values()]


# ---------------------------------------------------------------- who may


def test_every_event_of_the_tab_refuses_a_visitor(app):
    with gr.Blocks() as demo, gr.Tab() as tab:
        train_tab(app, tab)
    refused = 0
    for event in demo.fns.values():
        if event.fn is None or not event.inputs and event.fn.__name__ == "<lambda>":
            continue
        values, *_ = special_args(event.fn, [None] * len(event.inputs), VISITOR)
        with pytest.raises(gr.Error, match="Only the owner"):
            result = event.fn(*values)
            if inspect.isgenerator(result):
                next(result)
        refused += 1
    assert refused > 15


def test_no_path_or_script_of_the_owner_is_in_the_page_that_everybody_gets(app, tmp_path):
    with gr.Blocks() as demo, gr.Tab() as tab:
        train_tab(app, tab)
    page_for_all = json.dumps(demo.get_config_file(), default=str)
    assert str(tmp_path) not in page_for_all
    assert "train.jsonl" not in page_for_all


# ---------------------------------------------------------------- data


def test_problems_are_shown_with_line_turn_and_cure_and_escaped(app, choices):
    bad = line(EVIL, "Hello.", "Hi.").replace('"role": "patient"', '"role": "doctor"')
    (app.dialogues / "train.jsonl").write_text("\n".join([*GOOD, bad, EVIL]))
    problems, keep_good, *_ = train_data.check(app, 1, *choices)
    rows = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td></tr>", problems)
    assert [row[:2] for row in rows][0] == ("6", "2")
    assert rows[0][2:] == (
        "The doctor speaks twice in a row.",
        "Join the turns, or add the patient&#39;s answer between.",
    )
    assert rows[-1][0] == "7"
    assert "2 of 7 dialogues cannot be used" in problems
    assert keep_good.visible
    assert "<img" not in problems
    *_, (said, chosen, _) = train_new.start(app, *choices, login=None)
    assert "2 dialogues of train.jsonl cannot be used" in said
    assert chosen == gr.skip()


def test_the_good_ones_become_a_data_set(app):
    (app.dialogues / "train.jsonl").write_text("\n".join([*GOOD, "{"]))
    data, held_out = train_data.keep_good(app, "train.jsonl", TENTH)
    assert data.value == "train-good.jsonl"
    assert "train-good.jsonl" in [value for _, value in held_out.choices]
    assert training_data.load(app.dialogues, "train-good.jsonl") == (
        *training_data.load(app.dialogues, "train.jsonl")[:1],
        (),
        0,
    )


def test_an_upload_is_checked_and_given_a_tame_name(app, tmp_path, monkeypatch):
    upload = tmp_path / "..My Data é.JSONL"
    upload.write_text("\n".join(GOOD[:2]))
    assert train_data.take(app, str(upload), TENTH)[0].value == "my-data.jsonl"
    assert train_data.take(app, str(upload), TENTH)[0].value == "my-data.jsonl"  # the same once more
    upload.write_text(GOOD[0])
    with pytest.raises(MedSimError, match="There is another data set"):
        train_data.take(app, str(upload), TENTH)
    (tmp_path / "bad.jsonl").write_text('{"script": 1}')
    with pytest.raises(DataError, match="^1: "):  # the line, and not the path of the copy
        train_data.take(app, str(tmp_path / "bad.jsonl"), TENTH)
    monkeypatch.setattr(training_data, "MAX_UPLOAD_BYTES", 10)
    with pytest.raises(MedSimError, match="larger than"):
        train_data.take(app, str(upload), TENTH)


@pytest.mark.parametrize("name", ["../train.jsonl", "/etc/passwd", "none.jsonl", "train.jsonl\0", "link.jsonl"])
def test_data_sets_come_from_their_folder_alone(app, choices, tmp_path, name):
    (app.dialogues / "link.jsonl").symlink_to("/etc/passwd")
    (tmp_path / "data/train.jsonl").write_text(GOOD[0])
    with pytest.raises(MedSimError):
        config_of(app, with_own(choices, data=name))
    with pytest.raises(MedSimError):
        config_of(app, with_own(choices, held_out=name))


def test_learned_tokens_are_marked_and_all_text_is_escaped(app):
    base = app.models.chat_format(app.base)
    record = training_data.load(app.dialogues, "train.jsonl").records[3]
    encoded = encode(record.script, record.dialogue, base)
    html = token_view(encoded, 5, base.tokenizer, 2048)
    assert html.partition("</details>")[0].count("</span>") == 5
    spans = re.findall(r"<span(?: class=\"([a-z ]*)\")?>(.*?)</span>", html, re.DOTALL)
    text = unescape("".join(text for _, text in spans)).replace("↵\n", "\n")
    assert text == base.tokenizer.decode(encoded.ids)
    assert unescape("".join(text for classes, text in spans if "on" in classes)) == "It started 3 days ago.<|im_end|>"
    assert {unescape(text) for classes, text in spans if "sp" in classes} == {"<|im_start|>", "<|im_end|>"}
    assert f"{sum(encoded.patient_mask)} learned" in html

    evil = token_view(encode(EVIL, record.dialogue, base), 0, base.tokenizer, 10)
    assert "<img" not in evil
    assert "more than the 10 that fit" in evil


def test_a_character_of_several_tokens_is_shown_whole(app):
    base = app.models.chat_format(app.base)
    encoded = encode("Zoë 🤒 日本", training_data.load(app.dialogues, "train.jsonl").records[0].dialogue, base)
    shown = "".join(re.findall(r"<span[^>]*>(.*?)</span>", token_view(encoded, 0, base.tokenizer, 2048), re.DOTALL))
    assert "Zoë 🤒 日本" in shown
    assert "\ufffd" not in shown


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fills_the_form_with_what_it_says(app, choices, name):
    values = train_new.fill(app, name)[2:]
    config = config_of(app, [*with_own(choices, preset=name)[: len(Choices._fields)], *values])
    own = {"model_name_or_path": app.base, "train_file": str(app.dialogues / "train.jsonl"), "validation_file": None}
    assert config == preset(name).model_copy(update={**own, "output_dir": None})


def test_what_is_held_out(app, choices):
    assert train_new.enter(app, None, None, None)[1].value == TENTH
    for name in ("other.jsonl", "validation.jsonl"):
        (app.dialogues / name).write_text(GOOD[0])
    assert train_new.enter(app, None, None, None)[1].value == "validation.jsonl"
    assert train_new.enter(app, None, "other.jsonl", None)[1].value == "other.jsonl"
    assert config_of(app, with_own(choices, held_out=NOTHING)).eval_strategy == "no"
    assert config_of(app, with_own(choices, held_out="other.jsonl")).validation_file == str(
        app.dialogues / "other.jsonl"
    )


def test_yaml_settings_count_but_not_its_paths(app, choices):
    yaml = "learning_rate: 0.01\ntrain_file: /etc/passwd\noutput_dir: /\nresume_from_checkpoint: /tmp/x\nlora_r: 3\n"
    config = config_of(app, with_own(choices, preset=YAML, yaml=yaml, name="mine"))
    assert (config.learning_rate, config.lora_r) == (0.01, 3)
    assert config.train_file == str(app.dialogues / "train.jsonl")
    assert (config.output_dir, config.resume_from_checkpoint) == (str(app.runs / "mine"), None)
    with pytest.raises(DataError, match="2: lora_r"):
        config_of(app, with_own(choices, preset=YAML, yaml="seed: 1\nlora_r: many\n"))
    with pytest.raises(MedSimError, match="holds no settings"):
        config_of(app, with_own(choices, preset=YAML, yaml="- 1"))
    filled = train_new.fill(app, YAML)[1].value
    assert config_of(app, with_own(choices, preset=YAML, yaml=filled)) == config_of(app, choices)


@pytest.mark.parametrize(
    "change", [{"name": "../x"}, {"name": "A"}, {"base": "/etc"}, {"base": "gpt2"}, {"preset": "none"}]
)
def test_what_the_page_does_not_offer_is_refused(app, choices, change):
    with pytest.raises(MedSimError):
        config_of(app, with_own(choices, **change))


def test_all_bad_settings_are_told_in_the_card(app, choices):
    card, command = train_new.forecast_of(app, *with_setting(choices, learning_rate=-1, lora_r=None))
    assert "learning_rate" in card
    assert "lora_r" in card
    assert command == ""


def test_the_command_for_a_terminal_says_the_same(app, choices):
    changed = with_setting(
        with_own(choices, name="a-run"),
        use_peft=False,
        target_modules="q_proj, v_proj",
        learning_rate=1e-5,
        max_steps=3,
    )
    config = config_of(app, changed)
    words = shlex.split(terminal_command(config))
    assert words[:3] == ["python", "-m", "trainer.train"]
    assert TrainConfig.from_flags(words[3:]) == config


# ---------------------------------------------------------------- before the start


def test_steps_are_those_of_the_trainer(app, choices):
    config = config_of(app, with_setting(choices, per_device_train_batch_size=2, gradient_accumulation_steps=2))
    config = config.model_copy(update={"num_train_epochs": 2.5})
    assert estimate.steps(config, 4) == 3  # 2 micro-batches an epoch are 1 step; two epochs and a half
    assert estimate.steps(config, 5) == 5  # 3 micro-batches are 2 steps
    assert estimate.steps(config.model_copy(update={"max_steps": 7}), 5) == 7


@pytest.mark.parametrize("changes", [{}, {"target_modules": "q_proj, down_proj", "lora_r": 5}, {"use_peft": False}])
def test_trainable_parameters_are_those_of_the_model(app, choices, tiny_base, changes):
    from medsim import bases
    from trainer.train import add_lora

    config = config_of(app, with_setting(choices, **changes))
    model = bases.load_model(tiny_base)
    model = add_lora(model, config) if config.use_peft else model
    assert estimate.parameters(config, tiny_base) == (model.num_parameters(only_trainable=True), model.num_parameters())


def test_no_time_is_told_without_a_measured_run(app, choices):
    card, _ = train_new.forecast_of(app, *choices)
    assert "<td>Tokens</td>" in card
    assert "<td>Time</td>" not in card
    make_run(app, "other-base", {"model_name_or_path": "elsewhere"})
    assert "<td>Time</td>" not in train_new.forecast_of(app, *choices)[0]
    make_run(app, "same-base", {"model_name_or_path": app.base})
    card, _ = train_new.forecast_of(app, *choices)
    assert "at 50 tokens/s as in same-base" in card
    counts = estimate.count(config_of(app, choices), app.models.chat_format(app.base))
    config = config_of(app, with_setting(choices, num_train_epochs=3))
    assert estimate.duration_s(config, counts, estimate.Speed(50, "x")) == pytest.approx(3 * counts.tokens / 50)


def test_a_base_that_is_not_here_yet_is_said_to_be(app, choices, monkeypatch):
    monkeypatch.setattr("medsim.bases._ready", lambda base: None)
    elsewhere = with_own(choices, base="llama-3.2-1b")
    card, _ = train_new.forecast_of(app, *elsewhere)
    assert "not here yet: fetched at the start (2.48 GB; its licence must be accepted" in card
    assert "<td>Tokens</td>" not in card
    assert "llama-3.2-1b is not here yet" in train_data.view(app, 1, *elsewhere)
    with pytest.raises(MedSimError, match="There is no base /etc"):
        train_data.view(app, 1, *with_own(choices, base="/etc"))


def test_what_is_shown_is_that_of_the_chosen_base(app, choices, tmp_path, monkeypatch):
    other = make_base(tmp_path / "other", LLAMA3)
    monkeypatch.setattr("medsim.bases._ready", lambda base: other if base.name == "llama-3.2-1b-instruct" else None)
    chosen = with_own(choices, base="llama-3.2-1b-instruct")
    make_run(app, "on-other", {"model_name_or_path": "llama-3.2-1b-instruct"})
    assert "&lt;|im_end|&gt;" in train_data.view(app, 1, *choices)
    assert "&lt;|eot_id|&gt;" in train_data.view(app, 1, *chosen)
    counts = estimate.count(config_of(app, chosen), app.models.chat_format("llama-3.2-1b-instruct"))
    card, _ = train_new.forecast_of(app, *chosen)
    assert f"{counts.tokens:,}, learned" in card
    assert "tokens/s as in on-other" in card
    assert "<td>Trainable</td>" in card
    assert f"{counts.tokens:,}, learned" not in train_new.forecast_of(app, *choices)[0]


# ---------------------------------------------------------------- runs


def make_run(app: App, name: str, config: dict | None = None, *more) -> Run:
    folder = app.runs / name
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(json.dumps(config or {"model_name_or_path": app.base}))
    events = Events(folder / "events.jsonl")
    events.write("started", step=0)
    for step in (1, 2):
        events.write("step", step=step, total=4, loss=2.0 / step, lr=1e-4, tokens_per_s=50.0, eta_s=90)
    events.write("eval", step=2, total=4, eval_loss=1.25)
    for kind, fields in more:
        events.write(kind, **fields)
    return Run(folder)


def shown(app: App, name: str | None = None) -> str:
    return train_runs.look(app, name and f"runs/{name}", None)[3]


def offers_resume(app: App, name: str) -> bool:
    return train_runs.look(app, name, None)[12].visible


def test_runs_tell_how_they_ended_and_what_to_do(app):
    assert "No runs yet" in shown(app)
    failed = {"reason": "out_of_memory", "message": EVIL, "cure": "Halve it."}
    make_run(app, "failed", None, ("failed", failed))
    assert "out of memory" in shown(app, "failed")
    assert "Halve it." in shown(app, "failed")
    assert offers_resume(app, "runs/failed")
    make_run(app, "wrong", None, ("failed", {"reason": "settings", "message": "No bfloat16.", "cure": "Leave it out."}))
    assert "settings that do not work here" in shown(app, "wrong")
    assert not offers_resume(app, "runs/wrong")
    assert "<img" not in shown(app, "failed")
    interrupted = make_run(app, "interrupted")
    assert "Resume begins again" in shown(app, "interrupted")
    (interrupted.path / "checkpoints/checkpoint-2").mkdir(parents=True)
    (interrupted.path / "checkpoints/checkpoint-2/trainer_state.json").write_text("{}")
    assert "goes on from step 2" in shown(app, "interrupted")
    assert 'aria-valuenow="50"' in shown(app, "interrupted")
    make_run(app, "done", None, ("done", {"step": 4, "total": 4}))
    assert "Finished" in shown(app, "done")
    points = loss_points(Run(app.runs / "done"))
    assert points.to_dict("list") == {
        "step": [1, 2, 2], "loss": [2.0, 1.0, 1.25], "set": ["training", "training", "held out"]
    }  # fmt: skip


def test_a_run_shows_fidelity_and_replies_beside_those_of_the_base_escaped(app):
    def evaluated(step: int, fidelity: float, base: str | None, reply: str) -> list[tuple[str, dict]]:
        sample = {"step": step, "script": "maria", "question": "Any fever?", "base": base, "reply": reply}
        means = {"fidelity": fidelity, "script_adherence": 0.5, "role_consistency": 1.0}
        return [("sample", sample), ("eval", {"step": step, "total": 4, "eval_loss": 1.0, **means})]

    def fidelity_of(name: str) -> str:
        return train_runs.look(app, f"runs/{name}", None)[6]

    make_run(app, "none")
    assert fidelity_of("none") == ""
    make_run(app, "once", {"eval_probes": 40}, *evaluated(2, 0.4, EVIL, EVIL))
    assert "<img" not in fidelity_of("once") and "&lt;img" in fidelity_of("once") and "since" not in fidelity_of("once")
    make_run(app, "twice", {"eval_probes": 40}, *evaluated(2, 0.4, "Um.", "Er."), *evaluated(4, 0.52, "Um.", "No."))
    shown = fidelity_of("twice")
    assert "0.52" in shown and "at step 4 (+0.12 since step 2)." in shown and "40 questions: a rough figure" in shown
    assert "script adherence 0.50 · role consistency 1.00" in shown
    assert re.findall(r"<p>(.*?)</p>", shown) == ["Um.", "No."]
    make_run(app, "whole", {"eval_probes": 40}, *evaluated(2, 0.4, None, "No."))
    assert re.findall(r"<p>(.*?)</p>", fidelity_of("whole")) == ["No."] and "Base" not in fidelity_of("whole")


def test_runs_in_models_are_shown_too_but_not_what_was_never_trained_there(app):
    trained = make_run(app, "mine", None, ("done", {"step": 4, "total": 4}))
    (trained.path / "adapter").mkdir()
    shutil.move(trained.path, app.shipped / "mine")
    (app.shipped / "fetched").mkdir()
    (app.shipped / "fetched" / "config.yaml").write_text("{}")
    make_run(app, "mine")
    assert list(runs_of(app)) == ["runs/mine", "models/mine"]
    name, _, tab, card, *_ = train_runs.look(app, "models/mine", None)
    assert (name, tab.label) == ("models/mine", "Runs (2)") and "models/mine" in card and "Finished" in card
    train_runs.delete(app, "models/mine")
    assert list(runs_of(app)) == ["runs/mine"]


def test_a_look_that_finds_nothing_new_sends_nothing(app):
    run = make_run(app, "a", None, ("done", {"step": 4}))
    name, seen, tab, *_ = train_runs.look(app, None, None)
    assert (name, tab.label) == ("runs/a", "Runs (1)")
    again = train_runs.look(app, name, seen)
    assert again[:2] == [name, seen]
    assert all(value == gr.skip() for value in again[2:])
    Events(run.path / "events.jsonl").write("started", step=2)
    assert train_runs.look(app, name, seen)[3] != gr.skip()


@pytest.mark.parametrize("name", ["..", "runs/..", "runs/../data", "data/scripts", "runs/none", "", None])
def test_actions_on_runs_that_are_none_are_refused(app, name):
    for action in (train_runs.stop, train_runs.kill, train_runs.delete, train_runs.ask):
        with pytest.raises(MedSimError):
            action(app, name)
    *_, (said, token) = train_publish.publish(app, name, "u/n", False, "hf_x", None)
    assert "Not published" in said
    assert token == ""


def test_on_a_space_nothing_is_published_with_the_token_of_the_space(app, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_space")
    on_space = App(app.library, app.models, Access(space_owner="ana"), app.base, app.runs, app.shipped)
    make_run(app, "a")
    *_, (said, _) = train_publish.publish(on_space, "runs/a", "ana/x", False, "", None)
    assert "Sign in with Hugging Face first" in said


@pytest.mark.timeout(200)
def test_a_run_from_the_form_to_a_merged_model(app, choices):
    ready = with_setting(with_own(choices, name="first", held_out=NOTHING), max_steps=2, lora_r=2)
    *_, (_, name, views) = train_new.start(app, *ready, login=None)
    assert (name, views.selected) == ("runs/first", "runs")
    look = train_runs.look(app, name, None)
    assert look[9].active  # the timer
    end = time.monotonic() + 150
    while find_run(app, name).live:
        assert time.monotonic() < end
        time.sleep(0.2)
    run = find_run(app, name)
    assert run.state == "done", run.log_tail
    assert "runs/first" in [value for _, value in app.models.choices(True)]

    *_, merged = train_publish.merge_run(app, name, "first-merged")
    assert merged == page.note(
        "good", "models/first-merged can be chosen in Chat and Compare, or published.", "✓ Merged."
    )
    assert "models/first-merged" in [value for _, value in app.models.choices(True)]
    assert [value for _, value in train_publish.weights_choices(app, name, run)] == [name, "models/first-merged"]
    *_, said = train_publish.merge_run(app, name, "first-merged")
    assert "There is a model first-merged already" in said

    while Run(run.path).alive:
        time.sleep(0.1)
    doomed, *_ = train_runs.ask(app, name)
    train_runs.delete(app, doomed)
    assert train_runs.look(app, name, None)[0] is None
