"""The model card of a run: what the model is, how to use it, how it was made, under which licence.

Everything in it is read from the folder: base.json, prompt.json, config.yaml, events.jsonl. What is missing there is
left out.
"""

from pathlib import Path
from typing import Any, NamedTuple

from huggingface_hub import ModelCardData

from medsim.files import read_document
from medsim.weights import is_adapter
from trainer.config import TrainConfig
from trainer.events import Event, history, read_events, state
from trainer.public_files import Made, last_part, without_machine_paths

TAGS = ["medical-education", "patient-simulation", "medsim-llm"]
LLAMA_NOTICE = (
    "Llama 3.2 is licensed under the Llama 3.2 Community License, "
    "Copyright © Meta Platforms, Inc. All Rights Reserved.\n"
)
SETTINGS = (
    "num_train_epochs", "per_device_train_batch_size", "gradient_accumulation_steps", "learning_rate",
    "lr_scheduler_type", "warmup_ratio", "weight_decay", "max_length", "lora_r", "lora_alpha", "lora_dropout",
    "target_modules", "bf16", "load_best_model_at_end", "seed",
)  # fmt: skip
LORA = ("lora_r", "lora_alpha", "lora_dropout", "target_modules")


class Licence(NamedTuple):
    """A base's licence, which is also that of what is made from it."""

    id: str
    text: str


APACHE = Licence("apache-2.0", "Apache License 2.0, as the base. The base's weights were changed by fine-tuning.")
LLAMA = Licence("llama3.2", LLAMA_NOTICE.strip())
OTHER = Licence("other", "The licence of the base applies; read it before you use or pass on this model.")


def licence_of(hub_id: str) -> Licence:
    """The licence of a base, by its Hub id."""
    if hub_id.startswith("meta-llama/Llama-3.2-"):
        return LLAMA
    return APACHE if hub_id.startswith("HuggingFaceTB/SmolLM2-") else OTHER


def licence_warning(hub_id: str, repo_id: str) -> str | None:
    """What the base's licence asks of the name of a model made from it, if the name does not comply."""
    if licence_of(hub_id) is not LLAMA or repo_id.partition("/")[2].startswith("Llama"):
        return None
    return f'The Llama 3.2 licence asks that the name of this model begins with "Llama"; {repo_id} does not.'


def model_card(made: Made, repo_id: str) -> str:
    """README.md of what is published, for the repository `repo_id`."""
    weights, run, adapter = made.weights, made.run, is_adapter(made.weights)
    base = without_machine_paths(made.base)
    settings = _settings(weights, run)
    parts = [
        f"---\n{_front_matter(adapter, base['hub_id'])}\n---",
        _introduction(adapter, base, repo_id),
        _usage(adapter, base["hub_id"], repo_id, weights),
        _training(settings, history(read_events(run / "events.jsonl")) if run else []),
        _prompt(weights),
        f"## Licence\n\n{licence_of(base['hub_id']).text}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _front_matter(adapter: bool, hub_id: str) -> str:
    licence = licence_of(hub_id)
    named = {"license_name": "licence-of-the-base"} if licence is OTHER else {}
    return ModelCardData(
        language="en",
        license=licence.id,
        library_name="peft" if adapter else "transformers",
        pipeline_tag="text-generation",
        base_model=hub_id,
        base_model_relation="adapter" if adapter else "finetune",
        tags=TAGS,
        **named,
    ).to_yaml()


def _introduction(adapter: bool, base: dict[str, Any], repo_id: str) -> str:
    made = "a LoRA adapter for" if adapter else "a fine-tuned copy of"
    hub_id, name = base["hub_id"], repo_id.partition("/")[2]
    lines = [
        f"# {name}",
        f"A simulated patient for practising the medical interview: {made} `{hub_id}`, trained with MedSim-LLM. Given "
        "a patient script (a list of facts), it answers a doctor's questions as that patient.",
        "**The patients are fictional and for education. Nothing that this model says is medical advice; do not use it "
        "for the care of real people, and give it no data of real patients.** It can contradict its script or invent "
        "what is not in it, and it was not reviewed by clinicians.",
        "Built with Llama." if licence_of(hub_id) is LLAMA else None,
        licence_warning(hub_id, repo_id),
    ]
    if base["source"] and base["sha256"]:
        lines.append(
            f"Weights of the base in training: `{_cell(base['source'])}`, sha256 `{_cell(base['sha256'])}`. "
            "On a copy of the base with another hash the replies can differ a little."
        )
    return "\n\n".join(line for line in lines if line)


def _usage(adapter: bool, hub_id: str, repo_id: str, weights: Path) -> str:
    if adapter:
        code = f"""\
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{hub_id}")
base = AutoModelForCausalLM.from_pretrained("{hub_id}")
patient = PeftModel.from_pretrained(base, "{repo_id}")"""
        talk = f"hf download {repo_id} --local-dir patient\n" + (
            "python -m medsim.chat --script data/scripts/maria-lopez-chest-tightness.yaml --adapter patient"
        )
        how = "With MedSim-LLM, which builds the prompt:"
        return f"## Use\n\n{_fenced(code, 'python')}\n\n{how}\n\n{_fenced(talk, 'sh')}"
    code = f"""\
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained("{repo_id}")
patient = AutoModelForCausalLM.from_pretrained("{repo_id}")"""
    serve = f"vllm serve {repo_id}"
    if (weights / "template.jinja").is_file():
        serve = f"hf download {repo_id} template.jinja --local-dir .\n{serve} --chat-template template.jinja"
    return f"## Use\n\n{_fenced(code, 'python')}\n\nWith vLLM:\n\n{_fenced(serve, 'sh')}"


def _settings(weights: Path, run: Path | None) -> dict[str, Any]:
    for folder in (run, weights):
        if folder and (folder / "config.yaml").is_file():
            return without_machine_paths(read_document(folder / "config.yaml").data or {})
    return {}


def _training(settings: dict[str, Any], events: list[Event]) -> str:
    """Data, settings and result of the training; empty when the folder has no record of it."""
    left_out = () if settings.get("use_peft", True) else LORA
    fields = TrainConfig.model_fields
    shown = {fields[key].title: settings.get(key) for key in SETTINGS if key not in left_out}
    rows = {**_data(settings, events), **_results(events), **shown}
    table = [f"| {label} | {_cell(value)} |" for label, value in rows.items() if value is not None]
    return "\n".join(["## Training", "", "| | |", "|---|---|", *table]) if table else ""


def _data(settings: dict[str, Any], events: list[Event]) -> dict[str, Any]:
    labels = {"train_file": "Training data", "validation_file": "Evaluation data"}
    files = {label: last_part(str(settings[key])) for key, label in labels.items() if settings.get(key)}
    started = _of_kind(events, "started", "dialogues")
    return {**files, "Training dialogues": started[-1]["dialogues"] if started else None}


def _results(events: list[Event]) -> dict[str, str]:
    results = {}
    if steps := _of_kind(events, "step", "loss"):
        results["Last training loss"] = _at_step(steps[-1], "loss")
    if evaluations := _of_kind(events, "eval", "eval_loss"):
        results["Last evaluation loss"] = _at_step(evaluations[-1], "eval_loss")
        best = min(evaluations, key=lambda event: event["eval_loss"])
        results["Lowest evaluation loss"] = _at_step(best, "eval_loss")
    if events and state(events) != "done":
        results["State"] = "not trained to its end"
    return results


def _of_kind(events: list[Event], kind: str, key: str) -> list[Event]:
    return [event for event in events if event["kind"] == kind and event.get(key) is not None]


def _at_step(event: Event, key: str) -> str:
    return f"{event[key]:.4g} (step {event['step']} of {event['total']})"


def _prompt(weights: Path) -> str:
    file = weights / "prompt.json"
    if not file.is_file():
        return ""
    texts = read_document(file).data
    parts = ["## Prompt", "The system message, with places for what comes from the script:"]
    parts.append(_fenced(texts["system"], "text"))
    if texts.get("unlocked"):
        parts += ["After a question that opens something the patient keeps back:", _fenced(texts["unlocked"], "text")]
    return "\n\n".join(parts)


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def _cell(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace("\n", " ").replace("|", "\\|").replace("`", "'")
