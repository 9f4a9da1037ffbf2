"""A transformers Trainer whose loss is a mean over patient tokens: of an update in training, of the set in evaluation.

How dialogues are spread over rows, micro-batches, accumulation steps and processes changes neither.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PrinterCallback, Trainer
from transformers.trainer_utils import EvalLoopOutput

from trainer.attention import check_attention
from trainer.callbacks import EpochSetter, Stopper
from trainer.data import IGNORED, Example
from trainer.failures import LossNotFinite
from trainer.fidelity import Fidelity
from trainer.packing import ScriptSampler


class PatientTrainer(Trainer):
    """Trains on batches of trainer.packing.Collator in the order of a ScriptSampler, until a Stopper ends it."""

    def __init__(
        self,
        *args: Any,
        train_sampler: ScriptSampler,
        eval_sampler: ScriptSampler,
        stopper: Stopper,
        fidelity: Fidelity | None,
        **kwargs: Any,
    ):
        """`fidelity` is measured at each evaluation; only the main process has one."""
        super().__init__(*args, **kwargs)
        check_attention(self.model.config._attn_implementation)
        self.train_sampler = train_sampler
        self.eval_sampler = eval_sampler
        self.stopper = stopper
        self.fidelity = fidelity
        self.remove_callback(PrinterCallback)
        self.add_callback(EpochSetter(train_sampler))
        self.add_callback(stopper)
        self.loss_is_scaled_for_ga = True  # by num_items_in_batch: the Trainer must not divide once more
        self.tokens_seen = 0  # of the dialogues, each with its script, in all processes

    def _get_train_sampler(self, train_dataset: list[Example] | None = None) -> ScriptSampler:
        return self.train_sampler

    def _run_epoch(self, **kwargs: Any) -> None:
        if self.state.global_step < self.state.max_steps:
            super()._run_epoch(**kwargs)
        else:  # resumed after the last update, inside an epoch: the Trainer would make one more
            self.control.should_training_stop = True

    def compute_loss(
        self, model: nn.Module, inputs: dict[str, Tensor], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Tensor:
        """This micro-batch's share of the mean loss of an update, whose loss tokens are `num_items_in_batch`."""
        self.tokens_seen += int(inputs.pop("tokens")) * self.accelerator.num_processes
        loss = summed_loss(model, inputs) / num_items_in_batch
        if not torch.isfinite(loss):
            raise LossNotFinite(f"The loss became {loss.item()} after update {self.state.global_step}.")
        # gradients are averaged over processes, but num_items_in_batch counts the tokens of all of them
        return loss * self.accelerator.num_processes if self.args.average_tokens_across_devices else loss

    def get_eval_dataloader(self, eval_dataset: list[Example] | None = None) -> Iterator[dict[str, Tensor]]:
        """The micro-batches of this process. All processes get equally many: the last may be one without labels."""
        processes, batches = self.accelerator.num_processes, self.eval_sampler.batches()
        for start in range(0, len(batches), processes):
            number = start + self.accelerator.process_index
            batch = self.data_collator([self.eval_dataset[index] for index in batches[number % len(batches)]])
            if number >= len(batches):
                batch["labels"].fill_(IGNORED)
            yield self._prepare_inputs(batch)

    def evaluation_loop(
        self, dataloader: Iterator[dict[str, Tensor]], *_: Any, metric_key_prefix: str = "eval", **__: Any
    ) -> EvalLoopOutput:
        """The summed loss by the loss tokens of the whole set, and fidelity; nothing when a stop came meanwhile.

        No random number is drawn, so that training goes on as if there had been no evaluation. Raises LossNotFinite.
        """
        total = torch.zeros(2, dtype=torch.float64, device=self.args.device)
        self.model.eval()
        for batch in dataloader:
            batch.pop("tokens")
            with torch.no_grad():
                total[0] += summed_loss(self.model, batch)
            total[1] += batch["labels"].ne(IGNORED).sum()
            self.control = self.callback_handler.on_prediction_step(self.args, self.state, self.control)
            if self.stopper.stopped:
                return EvalLoopOutput(None, None, {}, 0)
        summed, tokens = self.accelerator.reduce(total, "sum").tolist()
        loss = summed / tokens
        if not math.isfinite(loss):
            raise LossNotFinite(f"The evaluation's loss became {loss} after update {self.state.global_step}.")
        means = self.fidelity.measure(self.state.global_step) if self.fidelity else {}
        # asks all processes whether to stop, and so has them wait for the one that measured
        self.control = self.callback_handler.on_prediction_step(self.args, self.state, self.control)
        if self.stopper.stopped:
            return EvalLoopOutput(None, None, {}, 0)
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in {"loss": loss, **means}.items()}
        return EvalLoopOutput(None, None, metrics, len(self.eval_dataset))

    def _determine_best_metric(self, metrics: dict[str, float], trial: Any) -> bool:
        return "eval_loss" in metrics and super()._determine_best_metric(metrics, trial)

    def _evaluate(self, trial: Any, ignore_keys: Any, skip_scheduler: bool = False) -> dict[str, float]:
        metrics = super()._evaluate(trial, ignore_keys, skip_scheduler)
        # on start: the evaluation of the checkpoint that is resumed, which a stop had cut off, may be the best
        if skip_scheduler and self._determine_best_metric(metrics, trial):
            self.state.best_model_checkpoint = f"{self.args.output_dir}/checkpoint-{self.state.global_step}"
        return metrics


def summed_loss(model: nn.Module, inputs: dict[str, Tensor]) -> Tensor:
    """Cross-entropy summed over the loss tokens of a micro-batch; logits are computed at these only.

    `inputs` are a Collator's, without its count. The token at t is predicted at t - 1, which packing keeps in the same
    dialogue.
    """
    labels = inputs["labels"][:, 1:]
    learned = labels.ne(IGNORED)
    keep = nn.functional.pad(learned, (0, 1), value=False)
    segments = {"segments": inputs["segments"].tolist()} if "segments" in inputs else {}
    ids, positions = inputs["input_ids"], inputs["position_ids"]
    logits = model(input_ids=ids, position_ids=positions, **segments, logits_to_keep=keep, use_cache=False).logits
    return nn.functional.cross_entropy(logits.float(), labels[learned], reduction="sum")
