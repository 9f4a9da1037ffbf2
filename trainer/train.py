"""Fine-tune a base model into a patient.

    python -m trainer.train                      # the settings of configs/smollm2-cpu.yaml
    python -m trainer.train --config FILE --num_train_epochs 5 --output_dir runs/mine
    python -m trainer.train --output_dir runs/mine --resume_from_checkpoint
    accelerate launch --multi_gpu --num_processes 4 -m trainer.train --config FILE

Everything goes into the run folder: settings, events, checkpoints, and at the end adapter/ (or model/): the weights
with the lowest eval_loss, or with --load_best_model_at_end false the last. Ctrl-C or SIGTERM stops after the
micro-batch at hand and keeps the best weights so far, and in checkpoints/ the last update; exit 0. A failure is one
sentence; exit 1.
"""

import contextlib
import os
import shlex
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from medsim import bases  # isort: skip  # medsim comes before torch: it sets torch's thread variables
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import EarlyStoppingCallback, PreTrainedModel, TrainerState, TrainingArguments, set_seed

from medsim.errors import MedSimError, run_cli
from medsim.prompt import ChatFormat
from trainer.attention import FLASH, SEGMENTED, register
from trainer.callbacks import LastEvaluation, Reporter, Stopper, StopRequested, StopSignals
from trainer.checks import check_machine, use_one_gpu
from trainer.config import ALL_LINEAR, DEFAULT_FILE, TrainConfig, true_or_path
from trainer.data import Example, encode_all, load_records
from trainer.events import Events
from trainer.failures import BaseError, SettingsError, classify
from trainer.fidelity import Fidelity, context_of, patients_to_ask
from trainer.finish import write_model_files, write_origin
from trainer.folder import RUNS, checkpoint_to_resume, open_folder, replacing_folder
from trainer.hush import hush
from trainer.memory import return_freed_memory
from trainer.packing import Collator, ScriptSampler
from trainer.patient_trainer import PatientTrainer
from trainer.processes import Processes


def main(argv: Sequence[str] | None = None) -> None:
    hush()
    return_freed_memory()
    argv = sys.argv[1:] if argv is None else argv
    train(read_settings(argv), f"python -m trainer.train {shlex.join(argv)}".strip())


def read_settings(argv: Sequence[str]) -> TrainConfig:
    """The flags over --config; to resume, over the run's own settings. Without any flag, the default file."""
    flags = TrainConfig.parse_flags(argv)
    file = flags.pop("config", None if argv else DEFAULT_FILE)
    if file is None and true_or_path(flags.get("resume_from_checkpoint")) and "output_dir" in flags:
        saved = Path(flags["output_dir"]) / "config.yaml"
        file = saved if saved.is_file() else None
    return TrainConfig.from_parsed(file, flags)


def train(config: TrainConfig, command: str = "") -> Path:
    """Run a training from its settings to its weights, and return the run folder.

    Raises MedSimError for every failure. The events of the run tell it too, unless its folder could not be used at all.
    """
    gpu_note = use_one_gpu()
    processes = Processes()
    folder = Path(processes.agree_on(config.output_dir or str(RUNS / config.run_name)))
    checkpoint = checkpoint_to_resume(config, folder)
    if processes.is_main:
        open_folder(folder, config, command)
    processes.wait()
    events = Events(folder / "events.jsonl" if processes.is_main else os.devnull)
    with _told(events, processes, _step_of(checkpoint)), StopSignals() as signals:
        processes.say(f"Run folder: {folder}", gpu_note)
        _learn(config, folder, checkpoint, events, processes, signals)
    processes.part()
    return folder


def _learn(
    config: TrainConfig,
    folder: Path,
    checkpoint: Path | None,
    events: Events,
    processes: Processes,
    signals: StopSignals,
) -> None:
    # check: all that can be wrong is found before anything big is loaded
    check_machine(config)
    records = load_records(config)
    counts = {"dialogues": len(records.train), "validation_dialogues": len(records.validation)}
    events.write("started", step=_step_of(checkpoint), **counts)

    # load
    base_folder = _prepared(config.model_name_or_path)
    base = ChatFormat(bases.load_tokenizer(base_folder))
    learned, validated = encode_all(records, base, config)
    processes.say(f"To learn from: {learned}", f"To evaluate on: {validated}" if validated.examples else None)
    model = load_model(config, base_folder)

    # LoRA
    if config.use_peft:
        model = add_lora(model, config)
    processes.say(f"Trained weights: {model.num_parameters(only_trainable=True):,} of {model.num_parameters():,}")

    # fidelity
    fidelity = None
    if validated.examples and config.eval_probes:
        patients = patients_to_ask(records.validation, base, context_of(model, config))
        if patients and processes.is_main:
            fidelity = Fidelity(model, base, patients, config, events, lambda: signals.requested)
        why = "no script of the dialogues held out is a list of facts that leaves room for a question"
        processes.say(None if patients else f"Fidelity is not measured: {why}.")

    # train
    stopper = Stopper(lambda: processes.any(signals.requested))
    trainer = make_trainer(config, folder, model, learned.examples, validated.examples, stopper, checkpoint, fidelity)
    if processes.is_main:
        trainer.add_callback(Reporter(events, lambda: trainer.tokens_seen, sys.stdout))
    with signals.deferred():
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        if trainer.state.global_step == 0:
            raise StopRequested

        # save
        weights = save_weights(trainer, folder / ("adapter" if config.use_peft else "model"), base, base_folder)
        where = {"step": trainer.state.global_step, "total": trainer.state.max_steps, "epoch": trainer.state.epoch}
        events.write("stopped" if stopper.stopped else "done", **where)
    best = config.keeps_best and trainer.state.best_model_checkpoint is not None
    processes.say(_farewell(stopper.stopped, best, folder, weights, **where))


def load_model(config: TrainConfig, base_folder: Path) -> PreTrainedModel:
    """The base. Under bf16 a frozen one is kept in bfloat16; weights that are trained are always float32."""
    register()
    return bases.load_model(
        base_folder,
        dtype="bfloat16" if config.bf16 and config.use_peft else "float32",
        attn_implementation=FLASH if config.use_flash_attention else SEGMENTED,
    )


def add_lora(model: PreTrainedModel, config: TrainConfig) -> PeftModel:
    """The model with fresh LoRA matrices, drawn with the seed. Raises SettingsError for target modules it lacks."""
    set_seed(config.seed)
    targets = ALL_LINEAR if config.target_modules == (ALL_LINEAR,) else list(config.target_modules)
    settings = LoraConfig(
        r=config.lora_r, lora_alpha=config.lora_alpha, lora_dropout=config.lora_dropout, target_modules=targets,
        task_type="CAUSAL_LM",
    )  # fmt: skip
    try:
        return get_peft_model(model, settings)
    except ValueError as error:
        linear = [name for name, layer in model.named_modules() if isinstance(layer, torch.nn.Linear)]
        names = ", ".join(sorted({name.rpartition(".")[2] for name in linear} - {"lm_head"}))
        raise SettingsError(f"The base has no such layers ({error}): choose --target_modules from {names}.") from error


def make_trainer(
    config: TrainConfig,
    folder: Path,
    model: PreTrainedModel | PeftModel,
    train_set: list[Example],
    eval_set: list[Example],
    stopper: Stopper,
    checkpoint: Path | None = None,
    fidelity: Fidelity | None = None,
) -> PatientTrainer:
    """A trainer that keeps its checkpoints in the run folder."""
    together = 1 if config.use_flash_attention else config.dialogues_per_row
    patience = config.early_stopping_patience
    return PatientTrainer(
        model,
        training_arguments(config, folder, eval_on_start=evaluation_missed(config, checkpoint)),
        data_collator=Collator(together, with_segments=not config.use_flash_attention),
        train_dataset=train_set,
        eval_dataset=eval_set or None,
        train_sampler=ScriptSampler(train_set, config.per_device_train_batch_size, together, config.seed),
        eval_sampler=ScriptSampler(eval_set, config.per_device_eval_batch_size, together, seed=0),
        stopper=stopper,
        fidelity=fidelity,
        callbacks=[LastEvaluation(), *([EarlyStoppingCallback(patience)] if patience else [])],
    )


def training_arguments(config: TrainConfig, folder: Path, eval_on_start: bool = False) -> TrainingArguments:
    """Our settings in the words of transformers."""
    cuda = torch.cuda.is_available()
    save_strategy = "epoch" if config.eval_strategy == "epoch" and not config.save_steps else "steps"
    return TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        num_train_epochs=config.num_train_epochs,
        max_steps=config.max_steps or -1,
        per_device_train_batch_size=config.per_device_train_batch_size,
        per_device_eval_batch_size=config.per_device_eval_batch_size,
        gradient_accumulation_steps=config.gradient_accumulation_steps,
        learning_rate=config.learning_rate,
        lr_scheduler_type=config.lr_scheduler_type,
        warmup_steps=config.warmup_ratio,  # below 1 it is a share of the steps
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        logging_steps=config.logging_steps,
        logging_first_step=True,
        logging_nan_inf_filter=False,  # a loss that is not finite ends the run
        eval_strategy=config.eval_strategy,
        eval_steps=config.eval_steps,
        eval_on_start=eval_on_start,
        save_strategy=save_strategy,
        save_steps=config.save_every,
        save_total_limit=config.save_total_limit,
        load_best_model_at_end=config.keeps_best,
        metric_for_best_model="eval_loss" if config.eval_strategy != "no" else None,
        greater_is_better=False,
        restore_callback_states_from_checkpoint=True,
        bf16=config.bf16,
        activation_checkpointing=config.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},
        seed=config.seed,
        use_cpu=not cuda,
        dataloader_pin_memory=cuda,
        ddp_find_unused_parameters=False,
        remove_unused_columns=False,
        report_to="none",
        disable_tqdm=True,
    )


def evaluation_missed(config: TrainConfig, checkpoint: Path | None) -> bool:
    """Whether a stop cut off the evaluation that was due at this checkpoint."""
    if checkpoint is None or config.eval_strategy == "no":
        return False
    state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json"))
    if config.eval_strategy == "steps":
        due = state.global_step % config.eval_steps == 0 or state.global_step >= state.max_steps
    else:
        due = float(state.epoch).is_integer() or state.global_step >= state.max_steps
    return due and not any("eval_loss" in entry and entry["step"] == state.global_step for entry in state.log_history)


def save_weights(trainer: PatientTrainer, folder: Path, base: ChatFormat, base_folder: Path) -> Path:
    """Put adapter or model in its place in one step, with all that belongs to it. Every process must call this."""
    model = trainer.accelerator.unwrap_model(trainer.model)
    state_dict = trainer.accelerator.get_state_dict(trainer.model)
    if not trainer.is_world_process_zero():
        return folder
    record = bases.describe(base_folder)
    model.config.use_cache = True  # the Trainer turns it off
    with replacing_folder(folder) as part:
        if isinstance(model, PeftModel):
            model.peft_config["default"].base_model_name_or_path = record["hub_id"] or Path(record["name"]).name
            model.save_pretrained(part, state_dict=state_dict, save_embedding_layers=False)
        else:
            model.save_pretrained(part, state_dict=state_dict)
            write_model_files(part, base)
        write_origin(part, base, record)
    return folder


@contextlib.contextmanager
def _told(events: Events, processes: Processes, first_step: int) -> Iterator[None]:
    """Write how a training ended before its time into the events; a failure goes on as one sentence."""
    try:
        yield
    except StopRequested:
        events.write("stopped", step=first_step)
        processes.say("Stopped before the first update: there was nothing to save.")
    except Exception as error:
        failure = classify(error)
        if failure.reason == "other" and not isinstance(error, MedSimError):
            traceback.print_exc()
        with contextlib.suppress(OSError):  # a full disk
            events.write("failed", **failure._asdict())
        raise MedSimError(str(failure)) from error


def _prepared(name: str) -> Path:
    try:
        return bases.prepare(name)
    except MedSimError as error:
        raise BaseError(str(error)) from error


def _step_of(checkpoint: Path | None) -> int:
    return int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0


def _farewell(stopped: bool, best: bool, folder: Path, weights: Path, step: int, total: int, epoch: float) -> str:
    if stopped:
        again = f"python -m trainer.train --output_dir {folder} --resume_from_checkpoint"
        kept = f"It is kept in {weights}."
        if best:
            kept = f"The best weights so far are in {weights}, the last update in {folder / 'checkpoints'}."
        return f"Stopped after update {step} of {total}. {kept} To go on: {again}"
    return f"Done: {weights}. To talk with it: python -m medsim.chat --script FILE --adapter {folder}"


if __name__ == "__main__":
    run_cli(main)
