"""However dialogues are spread over sequences, batches, accumulation steps and processes, loss and gradients are the same."""

import subprocess
import sys

import pytest
import torch

from medsim.bases import load_model
from medsim.dialogue import Record
from medsim.prompt import encode
from tests.conftest import REPOSITORY
from tests.trainer.gradients import DIALOGUES, one_update
from tests.trainer.small import records
from trainer.attention import SEGMENTED, register
from trainer.data import encode_records
from trainer.packing import Collator
from trainer.patient_trainer import summed_loss


def test_a_dialogue_costs_what_its_prompt_response_pairs_cost(tiny_base, tiny_format, script, dialogue):
    """The seed's way: one sequence a patient's turn, by the stock model with its own attention and loss."""
    stock = load_model(tiny_base)
    pairs = 0.0
    for turn in range(1, len(dialogue), 2):
        prompt = encode(script, dialogue[:turn], tiny_format).ids
        whole = encode(script, dialogue[: turn + 1], tiny_format)
        response = [token for token, learned in zip(whole.ids, whole.patient_mask, strict=True) if learned]
        response = response[-sum(whole.patient_mask[len(prompt) :]) :]
        ids = torch.tensor([prompt + response])
        labels = torch.tensor([[-100] * len(prompt) + response])
        with torch.no_grad():
            pairs += stock(ids, labels=labels).loss.item() * len(response)

    register()
    [example] = encode_records([Record(script, tuple(dialogue))], tiny_format, 5000).examples
    batch = Collator(1)([example])
    batch.pop("tokens")
    with torch.no_grad():
        whole_loss = summed_loss(load_model(tiny_base, attn_implementation=SEGMENTED), batch).item()
    assert whole_loss == pytest.approx(pairs, rel=1e-5)


@pytest.fixture(scope="module")
def reference(tiny_base, tmp_path_factory) -> dict:
    """All six dialogues in one micro-batch."""
    return one_update(tiny_base, tmp_path_factory.mktemp("reference"), 6, 1, dialogues_per_row=1)


def assert_same(found: dict, reference: dict) -> None:
    norm = max(gradient.norm() for gradient in reference["gradients"].values())
    assert norm > 0 and found["gradients"].keys() == reference["gradients"].keys()
    for name, gradient in reference["gradients"].items():
        torch.testing.assert_close(found["gradients"][name] / norm, gradient / norm, atol=1e-6, rtol=0)
    assert found["loss"] == pytest.approx(reference["loss"], rel=1e-5)
    assert found["eval_loss"] == pytest.approx(reference["eval_loss"], rel=1e-5)


@pytest.mark.parametrize(("batch", "accumulation"), [(6, 1), (3, 2), (2, 3), (1, 6)])
@pytest.mark.parametrize("together", [1, 4])
def test_accumulation_does_not_change_an_update(tiny_base, tmp_path, reference, batch, accumulation, together):
    evaluation = {"per_device_eval_batch_size": batch, "dialogues_per_row": together}
    assert_same(one_update(tiny_base, tmp_path, batch, accumulation, **evaluation), reference)


def test_a_mean_of_means_would_have_been_noticed(tiny_base, tiny_format):
    """The mean losses of the dialogues, averaged, are another loss than the one that is compared here."""
    examples = encode_records(records(11, scripts=3), tiny_format, 1000).examples[:DIALOGUES]
    register()
    model = load_model(tiny_base, attn_implementation=SEGMENTED)
    losses, tokens = [], [example.loss_tokens for example in examples]
    for example in examples:
        batch = Collator(1)([example])
        batch.pop("tokens")
        with torch.no_grad():
            losses.append(summed_loss(model, batch).item())
    mean = sum(losses) / sum(tokens)
    mean_of_means = sum(loss / count for loss, count in zip(losses, tokens, strict=True)) / DIALOGUES
    assert abs(mean_of_means - mean) > 100 * 1e-5 * mean


def test_recomputing_activations_changes_nothing(tiny_base, tmp_path, reference):
    assert_same(one_update(tiny_base, tmp_path, 3, 2, gradient_checkpointing=True), reference)


def test_two_processes_make_the_update_of_one(tiny_base, tmp_path, reference):
    """Also their evaluation, whose micro-batches (5 dialogues, 8 each) are fewer than the processes."""
    ways = ["3x1", "1x3"]
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    arguments = [str(tiny_base), str(tmp_path / "results.pt"), *ways]
    subprocess.run([*launch, "-m", "tests.trainer.gradients", *arguments], cwd=REPOSITORY, check=True, timeout=280)
    results = torch.load(tmp_path / "results.pt", weights_only=True)
    assert list(results) == ways
    for result in results.values():
        assert result["processes"] == 2
        assert_same(result, reference)
