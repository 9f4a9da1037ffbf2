import pytest
import torch

from medsim.bases import load_model
from medsim.errors import MedSimError
from tests.tiny import make_model, make_tokenizer
from tests.trainer.small import records
from trainer.attention import FLASH, SEGMENTED, check_attention, register, segment_attention
from trainer.data import IGNORED, Example, encode_records
from trainer.packing import NO_SCRIPT, Collator, ScriptSampler, rows_of
from trainer.patient_trainer import summed_loss

A, B = (1, 2, 3), (4, 5)


def example(script: tuple[int, ...], *rest: int, learned: int = 1) -> Example:
    """A dialogue of whose ids the last `learned` are the patient's."""
    ids = [*script, *rest]
    return Example(ids, [IGNORED] * (len(ids) - learned) + ids[len(ids) - learned :], script)


def examples_of(*counts: int) -> list[Example]:
    """So many dialogues of each of several scripts."""
    return [example((script, script), 7, number) for script, count in enumerate(counts) for number in range(count)]


# ---------------------------------------------------------------- the sampler


@pytest.mark.parametrize("counts", [(8, 8), (5, 5, 5, 5), (1,) * 10, (3, 1, 7), (1,), (9,)])
@pytest.mark.parametrize(("batch_size", "together"), [(4, 4), (4, 2), (8, 4), (3, 4), (1, 1), (20, 4)])
def test_every_example_comes_once_in_full_micro_batches(counts, batch_size, together):
    examples = examples_of(*counts)
    sampler = ScriptSampler(examples, batch_size, together, seed=0)
    batches = sampler.batches()
    assert sorted(index for batch in batches for index in batch) == list(range(len(examples)))
    assert all(len(batch) == batch_size for batch in batches[:-1]) and 0 < len(batches[-1]) <= batch_size
    assert list(sampler) == [index for batch in batches for index in batch]
    assert len(sampler) == len(examples)


def test_dialogues_of_a_script_come_together():
    examples = examples_of(8, 8, 4)
    for batch in ScriptSampler(examples, 4, 4, seed=0).batches():
        assert len({examples[index].script for index in batch}) == 1
    for batch in ScriptSampler(examples, 4, 2, seed=0).batches():
        assert len(rows_of([examples[index] for index in batch], 2)) == 2


def test_each_epoch_is_another_draw_that_the_seed_repeats():
    examples = examples_of(*[4] * 8)
    sampler = ScriptSampler(examples, 4, 4, seed=0)
    first = list(sampler)
    assert list(sampler) == first
    sampler.set_epoch(1)
    second = list(sampler)
    assert second != first
    assert sorted(map(sorted, sampler.batches())) == sorted(map(sorted, ScriptSampler(examples, 4, 4, 0).batches()))
    again = ScriptSampler(examples, 4, 4, seed=0)
    again.set_epoch(1)
    assert list(again) == second
    assert list(ScriptSampler(examples, 4, 4, seed=1)) != first
    mixed = [ScriptSampler(examples_of(8, 8), 4, 4, seed=seed).batches() for seed in range(5)]
    assert len({str(sorted(map(sorted, batches))) for batches in mixed}) > 1  # who is together changes too


# ---------------------------------------------------------------- the collator


def test_a_micro_batch_by_hand():
    batch = Collator(dialogues_per_row=2)(
        [example(A, 10, 11), example(B, 20, 21, 22, learned=2), example(A, 30, 31, 32), example(A, 40, 41)]
    )
    assert {name: tensor.tolist() for name, tensor in batch.items()} == {
        "input_ids": [[1, 2, 3, 10, 11, 30, 31, 32, 4, 5, 20, 21, 22, 1, 2, 3, 40, 41]],
        "labels": [[-100, -100, -100, -100, 11, -100, -100, 32] + [-100, -100, -100, 21, 22] + [-100] * 4 + [41]],
        "position_ids": [[0, 1, 2, 3, 4, 3, 4, 5, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]],
        "segments": [[3, NO_SCRIPT], [2, 0], [3, 0], [5, NO_SCRIPT], [5, NO_SCRIPT]],
        "tokens": 5 + 5 + 6 + 5,
    }


def test_for_flash_attention_nothing_is_shared_and_positions_tell_dialogues_apart():
    batch = Collator(dialogues_per_row=4, with_segments=False)([example(A, 10, 11), example(A, 30, 31, 32)])
    assert "segments" not in batch
    assert batch["input_ids"].tolist() == [[1, 2, 3, 10, 11, 1, 2, 3, 30, 31, 32]]
    assert batch["position_ids"].tolist() == [[0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5]]


def test_a_first_token_that_would_be_predicted_from_another_dialogue_is_caught():
    with pytest.raises(AssertionError):
        Collator(2)([example(A, 10), example(A, 11)])
    with pytest.raises(AssertionError):
        Collator(1)([example((), 10)])


# ---------------------------------------------------------------- attention


def test_segments_see_their_script_and_themselves():
    torch.manual_seed(0)
    segments = [(3, NO_SCRIPT), (2, 0), (4, 0), (5, NO_SCRIPT), (1, 0)]
    query, key, value = (torch.randn(1, 2, 15, 8) for _ in range(3))
    owner = [number for number, (length, _) in enumerate(segments) for _ in range(length)]
    sees = torch.tensor(
        [[k <= q and owner[k] in (owner[q], segments[owner[q]][1]) for k in range(15)] for q in range(15)]
    )
    scores = (query @ key.transpose(2, 3) / 8**0.5).masked_fill(~sees, float("-inf"))
    expected = (scores.softmax(-1) @ value).transpose(1, 2)
    module = torch.nn.Module()
    module.is_causal = True
    found, _ = segment_attention(module, query, key, value, None, segments=segments)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


def test_other_attention_is_refused():
    for implementation in ("eager", "sdpa", "flex_attention"):
        with pytest.raises(MedSimError, match=implementation):
            check_attention(implementation)
    check_attention(SEGMENTED)
    check_attention(FLASH)


def test_without_segments_the_model_says_so():
    register()
    model = make_model(make_tokenizer(), attn_implementation=SEGMENTED)
    with pytest.raises(TypeError, match="segments"):
        model(torch.tensor([[1, 2, 3]]))


# ---------------------------------------------------------------- the loss


@pytest.fixture(scope="module")
def data(tiny_format) -> list[Example]:
    return encode_records(records(12, scripts=2), tiny_format, 1000).examples


@pytest.fixture(scope="module")
def model(tiny_base):
    register()
    return load_model(tiny_base, attn_implementation=SEGMENTED)


def loss_and_gradients(model, batch: dict) -> tuple[float, list[torch.Tensor]]:
    model.zero_grad()
    batch.pop("tokens")
    loss = summed_loss(model, batch)
    loss.backward()
    return loss.item(), [weight.grad.clone() for weight in model.parameters()]


@pytest.mark.parametrize("together", [2, 3, 6])
def test_sharing_scripts_changes_neither_loss_nor_gradients(model, data, together):
    alone, shared = Collator(1)(data), Collator(together)(data)
    assert shared["input_ids"].numel() < alone["input_ids"].numel()
    loss, gradients = loss_and_gradients(model, alone)
    shared_loss, shared_gradients = loss_and_gradients(model, shared)
    assert shared_loss == pytest.approx(loss, rel=1e-5)
    norm = max(gradient.norm() for gradient in gradients)
    for one, other in zip(gradients, shared_gradients, strict=True):
        torch.testing.assert_close(other / norm, one / norm, atol=1e-6, rtol=0)


def test_dialogues_in_a_row_read_as_they_do_alone(model, data):
    together, _ = loss_and_gradients(model, Collator(6)(data))
    apart = sum(loss_and_gradients(model, Collator(1)([item]))[0] for item in data)
    assert together == pytest.approx(apart, rel=1e-5)


def test_what_another_dialogue_says_is_not_seen(model, data):
    """The loss of one dialogue in a row does not move when another one's words change."""

    def losses(batch: dict) -> torch.Tensor:
        batch.pop("tokens")
        segments = batch.pop("segments").tolist()
        labels = batch.pop("labels")
        with torch.no_grad():
            logits = model(**batch, segments=segments).logits
        return torch.nn.functional.cross_entropy(logits[0, :-1], labels[0, 1:], reduction="none")

    first, second, third = data[0:6:2]
    before = losses(Collator(3)([first, second, third]))
    changed = second._replace(ids=[*second.ids[:-3], 9, 9, 9], labels=[IGNORED] * len(second.ids))
    after = losses(Collator(3)([first, changed, third]))
    of_first, of_third = len(first.ids) - 1, len(third.ids) - len(third.script)
    torch.testing.assert_close(before[:of_first], after[:of_first])
    torch.testing.assert_close(before[-of_third:], after[-of_third:])


def test_only_the_logits_of_loss_tokens_are_computed(model, data):
    rows = []
    hook = model.lm_head.register_forward_hook(lambda layer, args, output: rows.append(len(output)))
    loss_and_gradients(model, Collator(6)(data))
    hook.remove()
    assert rows == [sum(item.loss_tokens for item in data)]
