"""One update and one evaluation of a small training, with any number of processes:

    python -m torch.distributed.run --nproc_per_node 2 -m tests.trainer.gradients BASE OUT 3x1 1x3

OUT gets, for each batch size x accumulation, the gradients before the update, the logged loss and the evaluation's.
"""

import sys
from pathlib import Path

import torch
from transformers import TrainerCallback

from medsim import bases
from medsim.prompt import ChatFormat
from tests.trainer.small import records
from trainer.callbacks import Stopper
from trainer.config import TrainConfig
from trainer.data import encode_records
from trainer.processes import Processes
from trainer.train import add_lora, load_model, make_trainer

DIALOGUES = 6


class Keep(TrainerCallback):
    """Keeps the gradients of the first update."""

    def on_pre_optimizer_step(self, args, state, control, model=None, **_):
        self.gradients = {
            name: weight.grad.clone() for name, weight in model.named_parameters() if weight.requires_grad
        }


def one_update(base_folder: Path, folder: Path, batch: int, accumulation: int, **settings) -> dict:
    """Gradients, loss and eval_loss of one update over six dialogues of unequal lengths."""
    config = TrainConfig(
        model_name_or_path=str(base_folder), per_device_train_batch_size=batch, max_steps=1, max_grad_norm=0,
        gradient_accumulation_steps=accumulation, warmup_ratio=0, eval_strategy="epoch", load_best_model_at_end=False,
        **settings,
    )  # fmt: skip
    processes = Processes()
    base = ChatFormat(bases.load_tokenizer(base_folder))
    data = encode_records(records(11, scripts=3), base, 1000).examples
    train_set, eval_set = data[:DIALOGUES], data[DIALOGUES:]
    model = add_lora(load_model(config, base_folder), config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:  # zeros at first, which would leave lora_A without gradients
                weight.normal_(std=0.1)
    trainer = make_trainer(config, folder, model, train_set, eval_set, Stopper(lambda: processes.any(False)))
    keep = Keep()
    trainer.add_callback(keep)
    trainer.train()
    logs = {name: entry[name] for entry in trainer.state.log_history for name in ("loss", "eval_loss") if name in entry}
    names = {name.replace("module.", ""): gradient for name, gradient in keep.gradients.items()}
    return {"gradients": names, "processes": trainer.accelerator.num_processes, **logs}


if __name__ == "__main__":
    torch.set_num_threads(1)
    base_folder, out, *ways = sys.argv[1:]
    results = {way: one_update(Path(base_folder), Path(out).parent / way, *map(int, way.split("x"))) for way in ways}
    processes = Processes()
    if processes.is_main:
        torch.save(results, out)
    processes.part()
