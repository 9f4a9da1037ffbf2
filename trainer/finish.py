"""What goes beside trained weights, so that they can be used as they were trained."""

import json
from pathlib import Path
from typing import Any

from medsim.dialogue import doctor, patient
from medsim.files import write_text
from medsim.prompt import ChatFormat, encode


def write_origin(folder: Path, base: ChatFormat, record: dict[str, Any]) -> None:
    """prompt.json, the prompt of the training, and base.json, the base (`record` is bases.describe's).

    What peft and the Trainer leave there besides is removed: a card with machine paths, a pickle.
    """
    for name, content in (("prompt.json", base.system.dump()), ("base.json", record)):
        write_text(folder / name, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    for name in ("README.md", "training_args.bin"):
        (folder / name).unlink(missing_ok=True)


def write_model_files(folder: Path, base: ChatFormat) -> None:
    """What a whole model needs besides weights: tokenizer, template.jinja, and the ids that end a reply."""
    from transformers import GenerationConfig

    tokenizer = base.tokenizer
    tokenizer.save_pretrained(folder)
    write_text(folder / "template.jinja", base.template)
    ends = sorted({end_of_turn(base), tokenizer.eos_token_id})
    padding = tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
    settings = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": ends, "pad_token_id": padding}
    GenerationConfig(**settings).save_pretrained(folder)


def end_of_turn(base: ChatFormat) -> int:
    """The id that ends a patient's turn."""
    ids, patient_mask = encode("A patient.", [doctor("Hello."), patient("Hello.")], base)
    return max(token for token in enumerate(ids) if patient_mask[token[0]])[1]
