import pytest
import torch
from transformers import TopPLogitsWarper

from medsim.decoding import Chooser, Detokenizer, nucleus
from medsim.sampling import Sampling
from tests.tiny import GREEDY, make_tokenizer

TEXT = "Où ça fait mal? 痛い, 🙂 – no."


def random_logits(seed=0, scale=3.0):
    return torch.randn(1000, generator=torch.Generator().manual_seed(seed)) * scale


@pytest.mark.parametrize("top_p", [0.01, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("scale", [0.1, 3, 30])
def test_nucleus_is_that_of_transformers(top_p, scale):
    logits = random_logits(scale=scale)
    probabilities, tokens = nucleus(logits.softmax(-1), top_p)
    kept = TopPLogitsWarper(float(top_p))(None, logits[None])[0].isfinite()
    assert set(tokens.tolist()) == set(kept.nonzero()[:, 0].tolist())
    assert torch.equal(probabilities, logits.softmax(-1)[tokens])


def test_temperature_0_takes_the_likeliest():
    logits = random_logits()
    assert Chooser(GREEDY).choose(logits, []) == logits.argmax()


def test_tokens_come_as_often_as_their_probabilities_say():
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log()
    chooser = Chooser(Sampling(temperature=1, top_p=0.9, repetition_penalty=1, seed=3))
    counts = torch.bincount(torch.tensor([chooser.choose(logits, []) for _ in range(3000)]), minlength=4) / 3000
    assert torch.allclose(counts, torch.tensor([0.5, 0.3, 0.15, 0]) / 0.95, atol=0.03)


def test_temperature_sharpens():
    chooser = Chooser(Sampling(temperature=0.1, top_p=1, repetition_penalty=1, seed=3))
    assert {chooser.choose(torch.tensor([0.0, 1.0, -1.0]), []) for _ in range(200)} == {1}


def test_the_penalty_is_on_tokens_of_the_reply():
    logits = torch.tensor([2.0, 1.9, -1.0])
    chooser = Chooser(GREEDY.model_copy(update={"repetition_penalty": 1.2}))
    assert chooser.choose(logits, []) == 0
    assert chooser.choose(logits, [1]) == 0
    assert chooser.choose(logits, [0]) == 1
    assert chooser.choose(logits, [0, 1, 0]) == 0


def test_a_seed_repeats():
    def sampled(seed):
        chooser = Chooser(Sampling(temperature=1, top_p=1, seed=seed))
        return [chooser.choose(random_logits(scale=1), []) for _ in range(20)]

    assert sampled(5) == sampled(5)
    assert sampled(5) != sampled(6)
    assert sampled(None) != sampled(None)
    assert sampled(2**70) == sampled(2**70)


def pieces_of(tokenizer, ids):
    detokenizer = Detokenizer(tokenizer)
    return [detokenizer.new_text(ids[: end + 1]) for end in range(len(ids))]


def test_characters_come_whole():
    tokenizer = make_tokenizer()
    ids = tokenizer(TEXT, add_special_tokens=False).input_ids
    assert len(ids) > len(TEXT), "this tokenizer has a token for each character: the test shows nothing"
    pieces = pieces_of(tokenizer, ids)
    assert "".join(pieces) == TEXT
    assert {"🙂", "痛", "い"} <= set(pieces)


def test_bytes_that_are_no_character_are_left_out():
    tokenizer = make_tokenizer()
    cut = tokenizer("🙂", add_special_tokens=False).input_ids[:2]
    ids = tokenizer("a", add_special_tokens=False).input_ids + cut + tokenizer("no", add_special_tokens=False).input_ids
    assert "".join(pieces_of(tokenizer, ids)) == "ano"


def test_special_tokens_are_no_text():
    tokenizer = make_tokenizer()
    ids = tokenizer("No.<|im_start|> Yes.").input_ids
    assert "".join(pieces_of(tokenizer, ids)) == "No. Yes."
