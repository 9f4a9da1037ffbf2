"""The engine against plain `model.generate`, on a tiny real Llama with tiny real adapters.

The tokenizer writes each token as its number, so that equal texts are equal tokens.
"""

import copy
import functools
import gc
import threading

import pytest
import torch
from peft import PeftModel
from peft.tuners.tuners_utils import BaseTunerLayer
from tokenizers import Tokenizer, decoders, models
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM, PreTrainedTokenizerFast

from medsim.engine import Engine
from medsim.errors import MedSimError
from medsim.sampling import Sampling
from tests.passes import forward_passes, held
from tests.tiny import CHATML, GREEDY, make_adapter, make_model, make_tokenizer

VOCABULARY, CONTEXT, NEW = 200, 400, 12
END = VOCABULARY - 1
BYTES_PER_TOKEN = 2 * 2 * 2 * 8 * 4  # layers, keys and values, key-value heads, head size, float32
SAMPLING = GREEDY.model_copy(update={"max_new_tokens": NEW})
LONG = GREEDY.model_copy(update={"max_new_tokens": 300})


def tiny_model(end=END):
    settings = {"bos_token_id": 0, "eos_token_id": end, "max_position_embeddings": 512, "initializer_range": 0.3}
    return make_model(tiny_tokenizer(), hidden_size=32, intermediate_size=64, **settings).eval()


@functools.cache
def tiny_tokenizer():
    vocabulary = {f"{number:03} ": number for number in range(VOCABULARY)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="000 "))
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


@pytest.fixture(scope="module")
def adapters(tmp_path_factory):
    """Folders of adapters by name: two plain ones and a DoRA."""
    root = tmp_path_factory.mktemp("adapters")
    return {
        "ana": make_adapter(root / "ana", tiny_model(), 1, std=0.3),
        "Bo. Name/with anything": make_adapter(root / "bo", tiny_model(), 2, std=0.3),
        "dora": make_adapter(root / "dora", tiny_model(), 3, std=0.3, use_dora=True),
    }


@pytest.fixture(params=["llama", "transformers"])
def model(request, monkeypatch):
    if request.param == "transformers":
        monkeypatch.setattr("medsim.forward.suits", lambda *_: False)
    return tiny_model()


@pytest.fixture
def engine(model):
    engine = Engine(model, tiny_tokenizer(), context=CONTEXT)
    yield engine
    engine.close()


@pytest.fixture
def three(engine, adapters):
    """The engine with all adapters."""
    for name, folder in adapters.items():
        engine.load_adapter(name, folder)
    return engine


def prompt(length, seed=0):
    return torch.randint(0, END, (length,), generator=torch.Generator().manual_seed(seed)).tolist()


def tokens_of(text):
    return [int(number) for number in text.split()]


@functools.cache
def reference_model(folder, end):
    model = tiny_model(end)
    return PeftModel.from_pretrained(model, folder).eval() if folder else model


def reference(ids, folder=None, new=NEW, end=END):
    """What transformers and peft alone generate greedily."""
    output = reference_model(folder, end).generate(
        input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)), max_new_tokens=new, do_sample=False,
        pad_token_id=0,
    )  # fmt: skip
    return [token for token in output[0, len(ids) :].tolist() if token != end]


def run(engine, rows, sampling):
    """The whole text of each row."""
    texts = [""] * len(rows)
    for pieces in engine.generate(rows, sampling):
        texts = [text + piece for text, piece in zip(texts, pieces, strict=True)]
    return texts


def reply(engine, ids, adapter=None, sampling=SAMPLING):
    return tokens_of(run(engine, [(ids, adapter)], sampling)[0])


class TestEqualToTransformers:
    def test_one_row(self, engine):
        ids = prompt(20)
        assert len(set(reference(ids))) > 5, "the model repeats itself: the test shows nothing"
        assert reply(engine, ids) == reference(ids)

    def test_a_prompt_of_several_chunks(self, engine, model, monkeypatch):
        monkeypatch.setattr("medsim.loop.PREFILL_CHUNK", 16)
        with forward_passes(model) as passes:
            assert reply(engine, prompt(50)) == reference(prompt(50))
        assert passes[:4] == [(1, 16), (1, 16), (1, 16), (1, 2)]

    def test_turns_that_reuse_the_cache(self, engine, model):
        ids = prompt(100)
        for turn in range(1, 16):
            with forward_passes(model) as passes:
                answer = reply(engine, ids)
            assert answer == reference(ids)
            computed = sum(tokens for _, tokens in passes) - (len(answer) - 1)
            assert computed <= (len(ids) if turn == 1 else 8 + 1), f"turn {turn} computed {computed} tokens"
            ids = ids + answer + prompt(8, seed=turn)

    def test_a_conversation_that_was_edited(self, engine):
        ids = prompt(60)
        reply(engine, ids)
        edited = [*ids[:30], 7, *ids[31:]]
        assert reply(engine, edited) == reference(edited)
        assert reply(engine, ids) == reference(ids)

    def test_each_adapter_one_after_the_other(self, three, adapters):
        ids = prompt(20)
        expected = {name: reference(ids, folder) for name, folder in {None: None, **adapters}.items()}
        assert len({tuple(tokens) for tokens in expected.values()}) == 4, "the adapters change nothing"
        for _ in range(2):
            for name, tokens in expected.items():
                assert reply(three, ids, name) == tokens

    def test_rows_of_three_lengths(self, engine):
        rows = [prompt(9, 1), prompt(40, 2), prompt(23, 3)]
        assert [tokens_of(text) for text in run(engine, [(ids, None) for ids in rows], SAMPLING)] == [
            reference(ids) for ids in rows
        ]

    @pytest.mark.parametrize("names", [[None, "ana"], ["ana", None, "Bo. Name/with anything", "ana"]])
    def test_base_and_adapters_in_one_batch(self, three, model, adapters, names):
        rows = [(prompt(10 + 7 * place, place), name) for place, name in enumerate(names)]
        with forward_passes(model) as passes:
            texts = run(three, rows, SAMPLING)
        assert (len(rows), 1) in passes
        for text, (ids, name) in zip(texts, rows, strict=True):
            assert tokens_of(text) == reference(ids, adapters.get(name))

    def test_dora_is_decoded_apart(self, three, adapters):
        rows = [(prompt(20), "dora"), (prompt(20), None), (prompt(15), "ana"), (prompt(15), "dora")]
        for text, (ids, name) in zip(run(three, rows, SAMPLING), rows, strict=True):
            assert tokens_of(text) == reference(ids, adapters.get(name))

    def test_rows_that_end_at_different_steps(self, adapters):
        rows = [(prompt(30, 1), None), (prompt(20, 2), "ana"), (prompt(10, 3), None)]
        end = reference(rows[0][0])[4]  # makes the longest row end early: the others are padded less then
        folders = [adapters.get(name) for _, name in rows]
        expected = [reference(ids, folder, end=end) for (ids, _), folder in zip(rows, folders, strict=True)]
        assert len({len(tokens) for tokens in expected}) > 1
        engine = Engine(tiny_model(end), tiny_tokenizer())
        engine.load_adapter("ana", adapters["ana"])
        assert [tokens_of(text) for text in run(engine, rows, SAMPLING)] == expected
        # and what they left in the cache is right
        for (ids, name), folder, tokens in zip(rows, folders, expected, strict=True):
            longer = [*ids, *tokens, 5, 6, 7]
            assert reply(engine, longer, name) == reference(longer, folder, end=end)
        engine.close()


    def test_rows_that_end_one_by_one(self, model, adapters):
        engine = Engine(model, tiny_tokenizer(), context=60)
        engine.load_adapter("ana", adapters["ana"])
        lengths = (56, 30, 58, 20, 53, 57)  # the context ends most of them
        rows = [(prompt(length, length), "ana" if length < 55 else None) for length in lengths]
        expected = [reference(ids, adapters.get(name), new=min(NEW, 60 - len(ids))) for ids, name in rows]
        assert len({len(tokens) for tokens in expected}) > 4
        assert [tokens_of(text) for text in run(engine, rows, SAMPLING)] == expected
        for (ids, name), tokens in zip(rows[1::2], expected[1::2], strict=True):
            again = [*ids, *tokens[:-1]][:59]
            assert reply(engine, again, name)[:1] == tokens[-1:]
        engine.close()


class TestManyRows:
    def test_a_common_beginning_is_computed_once(self, engine, model):
        script = prompt(100)
        rows = [(script + prompt(5, seed), None) for seed in range(1, 5)]
        with forward_passes(model) as passes:
            run(engine, rows, SAMPLING.model_copy(update={"max_new_tokens": 1}))
        assert sum(tokens for _, tokens in passes) <= 105 + 3 * 6

    def test_rows_that_begin_alike_are_computed_together(self, model):
        engine = Engine(model, tiny_tokenizer(), cache_bytes=300 * BYTES_PER_TOKEN)  # one script, but not two
        scripts = [prompt(100, 1), prompt(100, 2)]
        rows = [(scripts[seed % 2] + prompt(5, seed), None) for seed in range(6)]
        with forward_passes(model) as passes:
            run(engine, rows, SAMPLING.model_copy(update={"max_new_tokens": 1}))
        assert sum(tokens for _, tokens in passes) <= 2 * 105 + 4 * 6
        engine.close()

    def test_waves_keep_within_the_memory(self, model):
        engine = Engine(model, tiny_tokenizer(), cache_bytes=2 * 2 * (40 + NEW) * BYTES_PER_TOKEN)
        rows = [prompt(30 + seed, seed) for seed in range(5)]
        with forward_passes(model) as passes:
            texts = run(engine, [(ids, None) for ids in rows], SAMPLING)
        assert {batch for batch, _ in passes} == {1, 2}
        assert [tokens_of(text) for text in texts] == [reference(ids) for ids in rows]
        engine.close()

    def test_steps_have_a_text_for_each_row_and_say_which_ended(self, engine):
        generation = engine.generate([(prompt(9), None), (prompt(12), None)], SAMPLING)
        assert generation.done == [False, False]
        steps = list(generation)
        assert [len(step) for step in steps] == [2] * NEW
        assert generation.done == [True, True]

    def test_no_rows(self, engine):
        assert run(engine, [], SAMPLING) == []


class TestSampling:
    RANDOM = Sampling(temperature=1.5, top_p=1, repetition_penalty=1, max_new_tokens=NEW, seed=11)

    def test_a_seed_repeats_and_another_does_not(self, engine):
        first = reply(engine, prompt(20), sampling=self.RANDOM)
        assert reply(engine, prompt(20), sampling=self.RANDOM) == first
        assert reply(engine, prompt(20), sampling=self.RANDOM.model_copy(update={"seed": 12})) != first
        assert first != reference(prompt(20))

    def test_without_a_seed_it_is_random(self, engine):
        unseeded = self.RANDOM.model_copy(update={"seed": None})
        assert len({tuple(reply(engine, prompt(20), sampling=unseeded)) for _ in range(3)}) > 1

    def test_other_rows_do_not_matter(self, three):
        alone = run(three, [(prompt(20), "ana")], self.RANDOM)
        rows = [(prompt(9, 1), None), (prompt(20), "ana"), (prompt(30, 2), "ana")]
        assert run(three, rows, self.RANDOM)[1] == alone[0]

    def test_the_penalty_is_for_repeating_the_reply_not_the_prompt(self, engine):
        ids = prompt(20)
        first = reference(ids)[0]
        harsh = SAMPLING.model_copy(update={"repetition_penalty": 2.0, "max_new_tokens": 40})
        repeats = len(tokens := reply(engine, ids, sampling=harsh)) - len(set(tokens))
        plain = reference(ids, new=40)
        assert repeats < len(plain) - len(set(plain))
        assert reply(engine, [first, first, *ids], sampling=harsh)[0] == reference([first, first, *ids])[0]


class TestText:
    def test_characters_of_several_tokens_come_whole(self, monkeypatch):
        monkeypatch.setattr("medsim.forward.suits", lambda *_: False)  # so that the head is asked
        tokenizer = make_tokenizer()
        text = "Où ça fait mal? 痛い 🙂"
        saying = iter([*tokenizer(text, add_special_tokens=False).input_ids, tokenizer.eos_token_id])
        model = LlamaForCausalLM(
            LlamaConfig(vocab_size=len(tokenizer), hidden_size=8, intermediate_size=8, num_hidden_layers=1,
                        num_attention_heads=1, eos_token_id=tokenizer.eos_token_id)
        )  # fmt: skip
        model.lm_head.register_forward_hook(
            lambda module, args, output: torch.eye(len(tokenizer))[next(saying)].view(1, 1, -1)
        )
        engine = Engine(model, tokenizer)
        pieces = [step[0] for step in engine.generate([([5, 6], None)], LONG)]
        assert "".join(pieces) == text
        assert "🙂" in pieces and "" in pieces
        engine.close()


class TestEnds:
    def test_every_end_token_ends(self, model):
        tokens = reference(prompt(20))
        model.generation_config.eos_token_id = [END, tokens[3]]
        engine = Engine(model, tiny_tokenizer())
        assert reply(engine, prompt(20)) == tokens[: tokens.index(tokens[3])]
        engine.close()

    def test_the_context_ends_a_reply(self, engine):
        assert len(reply(engine, prompt(CONTEXT - 3))) == 3

    def test_the_context_is_never_larger_than_the_models(self, model):
        assert Engine(model, tiny_tokenizer(), context=10**6).context == 512

    @pytest.mark.parametrize("length", [0, CONTEXT, CONTEXT + 50])
    def test_a_prompt_without_room_is_refused(self, engine, length):
        with pytest.raises(MedSimError, match="begin a new interview"):
            engine.generate([(prompt(length), None)], SAMPLING)

    def test_time_ends_a_reply(self, model):
        engine = Engine(model, tiny_tokenizer(), max_seconds=0)
        assert reply(engine, prompt(20)) == reference(prompt(20))[:1]
        engine.close()

    def test_an_unknown_adapter_is_refused(self, engine):
        with pytest.raises(MedSimError, match="'nobody' is not loaded"):
            engine.generate([(prompt(5), "nobody")], SAMPLING)

    def test_a_sliding_window_is_refused(self):
        config = MistralConfig(
            vocab_size=20, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1,
            num_key_value_heads=1, sliding_window=16,
        )  # fmt: skip
        with pytest.raises(MedSimError, match="sliding window"):
            Engine(MistralForCausalLM(config), tiny_tokenizer())


def settle(engine, passes):
    """Wait until the worker has done all that it was asked for."""
    engine.warm([0]).result(10)
    assert passes.pop() == (1, 1)  # this was the wait's own


class TestStopping:
    def test_at_most_one_more_forward_pass(self, engine, model):
        generation = engine.generate([(prompt(20), None)], LONG)
        next(generation)
        with held(model) as (entered, release), forward_passes(model) as passes:
            assert entered.wait(10)
            generation.close()
            release.set()
            settle(engine, passes)
        assert len(passes) <= 1
        assert list(generation) == []

    def test_during_a_long_prompt(self, engine, model, monkeypatch):
        monkeypatch.setattr("medsim.loop.PREFILL_CHUNK", 16)
        with held(model) as (entered, release), forward_passes(model) as passes:
            generation = engine.generate([(prompt(200), None)], LONG)
            assert entered.wait(10)
            generation.close()
            release.set()
            settle(engine, passes)
        assert len(passes) <= 1
        # what was computed is kept
        with forward_passes(model) as passes:
            assert reply(engine, prompt(200)) == reference(prompt(200))
        assert sum(tokens for _, tokens in passes) == 200 - 16 + NEW - 1

    def test_what_was_said_before_stop_is_kept(self, engine, model):
        generation = engine.generate([(prompt(20), None)], LONG)
        said = [tokens_of(next(generation)[0]) for _ in range(6)]
        generation.close()
        ids = prompt(20) + [token for tokens in said for token in tokens]
        with forward_passes(model) as passes:
            reply(engine, [*ids, 1, 2], sampling=SAMPLING.model_copy(update={"max_new_tokens": 1}))
        assert passes == [(1, 3)] or passes == [(1, 2)]

    @pytest.mark.parametrize("how", ["close", "drop"])
    def test_without_a_reader_it_never_starts(self, engine, model, how):
        with held(model) as (_, release), forward_passes(model) as passes:
            first = engine.generate([(prompt(20), None)], SAMPLING)
            second = engine.generate([(prompt(333), None)], SAMPLING)
            if how == "close":
                second.close()
            else:
                del second
                gc.collect()
            release.set()
            assert len(list(first)) == NEW
            settle(engine, passes)
        assert sum(tokens for _, tokens in passes) == 20 + NEW - 1

    def test_a_dropped_reader_stops_it(self, engine, model):
        generation = engine.generate([(prompt(20), None)], LONG)
        next(generation)
        with held(model) as (entered, release), forward_passes(model) as passes:
            assert entered.wait(10)
            del generation
            gc.collect()
            release.set()
            settle(engine, passes)
        assert len(passes) <= 1

    def test_a_slow_reader_does_not_hold_the_model(self, engine):
        slow = engine.generate([(prompt(20), None)], SAMPLING)
        next(slow)
        assert reply(engine, prompt(30)) == reference(prompt(30))
        assert len(list(slow)) == NEW - 1

    def test_close_wakes_a_reader_in_another_thread(self, engine, model):
        with held(model):
            generation = engine.generate([(prompt(20), None)], SAMPLING)
            reading = threading.Event()
            reader = threading.Thread(target=lambda: (reading.set(), list(generation)), daemon=True)
            reader.start()
            assert reading.wait(10)
            generation.close()
            reader.join(10)
            assert not reader.is_alive()

    def test_closing_the_engine_ends_its_readers(self, model):
        engine = Engine(model, tiny_tokenizer(), context=CONTEXT)
        with held(model) as (_, release):
            running, waiting = (engine.generate([(prompt(20), None)], LONG) for _ in range(2))
            closer = threading.Thread(target=engine.close)
            closer.start()
            with pytest.raises(MedSimError, match="was unloaded"):
                while True:  # until it is closed
                    engine.generate([(prompt(20), None)], SAMPLING)
            release.set()
            closer.join(10)
        for generation in (running, waiting):
            with pytest.raises(MedSimError, match="was unloaded"):
                list(generation)

    def test_what_it_was_made_with_can_stop_it_before_a_forward_pass(self, model):
        asked = []
        engine = Engine(model, tiny_tokenizer(), context=CONTEXT, stopped=lambda: asked.append(0) or len(asked) > 4)
        said = []
        with pytest.raises(MedSimError, match="was unloaded"):
            said.extend(engine.generate([(prompt(20), None)], LONG))
        assert 0 < len(said) <= 4
        engine.close()


class TestWarm:
    def test_what_was_warmed_is_not_computed_again(self, three, model):
        three.warm(prompt(50), "ana").result(5)
        with forward_passes(model) as passes:
            reply(three, prompt(50) + [1, 2, 3], "ana")
        assert passes[0] == (1, 3)

    def test_a_prompt_without_room_is_refused(self, engine):
        with pytest.raises(MedSimError):
            engine.warm(prompt(CONTEXT))


class TestErrors:
    @pytest.mark.parametrize("names", [[None], ["ana"], [None, "ana"]])
    @pytest.mark.parametrize("at", [1, 4])
    def test_the_engine_can_be_used_after_an_error_in_the_model(self, three, model, adapters, names, at, monkeypatch):
        rows = [(prompt(20 + place, place), name) for place, name in enumerate(names)]
        calls, silu = iter(range(1, 1000)), torch.nn.functional.silu

        def fail(*args, **options):
            if next(calls) == 2 * (at + len(names)) - 3:  # the first of two layers
                raise ZeroDivisionError("between the layers")  # one has the token in its cache, the other not
            return silu(*args, **options)

        with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError, match="between the layers"):
            patch.setattr(torch.nn.functional, "silu", fail)
            run(three, rows, SAMPLING)
        assert not any(layer._forward_pre_hooks for layer in model.modules() if isinstance(layer, BaseTunerLayer))
        for ids, name in rows:
            longer = ids + reference(ids, adapters.get(name))[:8]
            assert reply(three, longer, name) == reference(longer, adapters.get(name))
        for text, (ids, name) in zip(run(three, rows, SAMPLING), rows, strict=True):
            assert tokens_of(text) == reference(ids, adapters.get(name))

    def test_an_error_ends_the_iterator(self, engine, model):
        hook = model.model.embed_tokens.register_forward_pre_hook(lambda *_: 1 / 0)
        generation = engine.generate([(prompt(20), None)], SAMPLING)
        with pytest.raises(ZeroDivisionError):
            next(generation)
        with pytest.raises(StopIteration):
            next(generation)
        hook.remove()


class TestAdapters:
    def test_a_folder_that_is_refused_changes_nothing(self, model, engine, tmp_path):
        before = {name: weight.clone() for name, weight in model.state_dict().items()}
        with pytest.raises(MedSimError, match="cannot be used"):
            engine.load_adapter("nothing", tmp_path)
        assert not engine.has_adapter("nothing")
        assert before.keys() == model.state_dict().keys()
        assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())

    def test_names(self, three, adapters):
        assert all(three.has_adapter(name) for name in adapters)
        assert not three.has_adapter("adapter_000000")

    def test_the_base_stays_one(self, model, engine, adapters):
        before = {parameter.data_ptr() for parameter in model.parameters()}
        for name, folder in adapters.items():
            engine.load_adapter(name, folder)
        weights = {name: p.data_ptr() for name, p in model.named_parameters() if "lora_" not in name}
        assert set(weights.values()) == before

    def test_loading_a_name_again_replaces_it(self, engine, adapters):
        engine.load_adapter("x", adapters["ana"])
        assert reply(engine, prompt(20), "x") == reference(prompt(20), adapters["ana"])
        engine.load_adapter("x", adapters["dora"])
        assert reply(engine, prompt(20), "x") == reference(prompt(20), adapters["dora"])

    def test_unloading_the_last_leaves_the_plain_base(self, model, three, adapters):
        reply(three, prompt(20), "ana")
        for name in adapters:
            three.unload_adapter(name)
            assert not three.has_adapter(name)
        assert three._loop.prefixes.bytes == 0
        assert not any(isinstance(module, BaseTunerLayer) for module in model.modules())
        assert reply(three, prompt(20)) == reference(prompt(20))
        three.load_adapter("ana", adapters["ana"])
        assert reply(three, prompt(20), "ana") == reference(prompt(20), adapters["ana"])

    def test_unloading_the_unknown_is_refused(self, engine):
        with pytest.raises(MedSimError, match="not loaded"):
            engine.unload_adapter("nobody")

    def test_all_linear_with_ranks_and_alphas_of_their_own(self, engine, tmp_path):
        patterns = {"rank_pattern": {"q_proj": 2}, "alpha_pattern": {"v_proj": 3}}
        folder = make_adapter(tmp_path / "patterns", tiny_model(), 4, std=0.3, use_rslora=True, **patterns)
        engine.load_adapter("patterns", folder)
        assert reply(engine, prompt(20), "patterns") == reference(prompt(20), folder)


class TestModelInTraining:
    @pytest.fixture
    def training(self, adapters):
        return PeftModel.from_pretrained(tiny_model(), adapters["ana"], is_trainable=True).train()

    def test_its_state_is_left_alone(self, training, adapters):
        training.base_model.model.model.norm.eval()  # not all of one mode
        next(p for p in training.parameters() if p.requires_grad).requires_grad_(False)  # not all of one kind
        engine = Engine(training, tiny_tokenizer())

        def state():
            layers = [m for m in training.modules() if isinstance(m, BaseTunerLayer)]
            return copy.deepcopy(
                (
                    [module.training for module in training.modules()],
                    [parameter.requires_grad for parameter in training.parameters()],
                    [(part.active_adapters, part.disable_adapters, len(part._forward_pre_hooks)) for part in layers],
                )
            )

        before = state()
        assert reply(engine, prompt(20), "default") == reference(prompt(20), adapters["ana"])
        assert state() == before
        assert reply(engine, prompt(20)) == reference(prompt(20))
        assert state() == before
        run(engine, [(prompt(20), "default"), (prompt(20), None)], SAMPLING)
        assert state() == before
        engine.close()

    def test_training_goes_on_as_without_it(self, training):
        def step(sample):
            model = copy.deepcopy(training)
            if sample:
                engine = Engine(model, tiny_tokenizer())
                run(engine, [(prompt(20), "default")], SAMPLING)
                engine.close()
            ids = torch.tensor([prompt(30)])
            model(input_ids=ids, labels=ids).loss.backward()
            return {name: p.grad for name, p in model.named_parameters() if p.grad is not None}

        plain, sampled = step(False), step(True)
        assert plain.keys() == sampled.keys() and plain
        assert all(torch.equal(plain[name], sampled[name]) for name in plain)


def test_loads_a_base_folder(tiny_base):
    engine = Engine.load(tiny_base, context=64)
    assert engine.context == 64
    assert engine.tokenizer.chat_template == CHATML
    assert list(engine.generate([([5, 6, 7], None)], SAMPLING))
    engine.close()
