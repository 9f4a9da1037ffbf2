"""ModelPatient and stream_together, on a tiny Llama: what it says is noise, but how it is made is real."""

import json
import shutil

import pytest

from medsim import bases
from medsim.dialogue import doctor, patient
from medsim.engine import Engine
from medsim.errors import MedSimError
from medsim.patients import SILENCE, ModelPatient, ScriptedPatient, load_patient, stream_together
from medsim.prompt import ChatFormat
from medsim.sampling import Sampling
from medsim.system_prompt import SystemPrompt
from tests.tiny import make_adapter

SHORT = Sampling(temperature=0, max_new_tokens=12)
SCRIPT = "A baker with a cough."


@pytest.fixture(scope="module")
def adapter(tmp_path_factory, tiny_base):
    """An adapter folder as training leaves it."""
    folder = make_adapter(tmp_path_factory.mktemp("adapters") / "one", tiny_base)
    (folder / "prompt.json").write_text(json.dumps(SystemPrompt(system="I am: {who} {facts}").dump()))
    (folder / "base.json").write_text(json.dumps(bases.describe(tiny_base)))
    return folder


@pytest.fixture(scope="module")
def engine(tiny_base, adapter):
    engine = Engine.load(tiny_base, context=700)
    engine.load_adapter("one", adapter)
    yield engine
    engine.close()


@pytest.fixture
def base(engine):
    return ModelPatient(engine, ChatFormat(engine.tokenizer))


@pytest.fixture
def tuned(engine):
    return ModelPatient(engine, ChatFormat(engine.tokenizer), "one")


class Forwards:
    """Counts the tokens of every forward pass of a model."""

    def __init__(self, model):
        self.lengths = []
        self.handle = model.register_forward_pre_hook(self.count, with_kwargs=True)

    def count(self, model, args, kwargs):
        ids = kwargs.get("input_ids") if "input_ids" in kwargs else args[0]
        self.lengths.append(ids.shape[-1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.handle.remove()


def say(who, dialogue, sampling=SHORT, script=SCRIPT):
    return "".join(who.stream(script, dialogue, sampling))


def test_a_reply_streams_and_is_the_same_each_time_and_in_a_batch(base, tuned):
    asked = [doctor("What brings you in?")]
    pieces = list(base.stream(SCRIPT, asked, SHORT))
    assert len(pieces) > 1
    seen = {}
    replies = base.batch([(SCRIPT, asked), (SCRIPT, [doctor("Since when?")])], SHORT, seen.__setitem__)
    assert replies[0] == "".join(pieces).strip()
    assert seen == dict(enumerate(replies))
    assert say(tuned, asked) != say(base, asked)


def test_turn_15_reads_only_what_is_new(base):
    dialogue = []
    for number in range(15):
        question = f"How is number {number}?"
        with Forwards(base.engine._base) as forwards:
            reply = say(base, [*dialogue, doctor(question)])
        dialogue += [doctor(question), patient(reply.strip() or SILENCE)]
    tokens = base.engine.tokenizer
    last_reply, new_question = dialogue[-3].content, dialogue[-2].content
    new = len(tokens.encode(last_reply)) + len(tokens.encode(new_question))
    assert forwards.lengths[0] <= new + 30
    assert all(length == 1 for length in forwards.lengths[1:])


def test_after_stop_there_is_at_most_one_more_forward(base):
    long = Sampling(temperature=1, seed=1, max_new_tokens=400)
    stream = base.stream(SCRIPT, [doctor("Tell me everything.")], long)
    next(stream)
    with Forwards(base.engine._base) as forwards:
        stream.close()
        assert say(base, [doctor("Hello?")])  # waits for what is left of the first
    reread = [length for length in forwards.lengths if length > 1]
    before = forwards.lengths.index(reread[0]) if reread else 0
    assert before <= 1


def test_a_patient_that_says_nothing_has_said_silence(base):
    class Mute:
        def stream(self, script, dialogue, sampling):
            yield from ()

    assert list(stream_together([(Mute(), SCRIPT, [doctor("Hello?")])], SHORT)) == [[SILENCE]]


def test_compare_gives_each_patient_what_it_would_say_alone(base, tuned):
    fact_lookup = ScriptedPatient()
    dialogues = [[doctor("What brings you in?"), patient(word), doctor("Go on.")] for word in ("A cough.", "Pain.", "It.")]
    turns = list(zip((base, tuned, fact_lookup), [SCRIPT] * 3, dialogues, strict=True))
    said = ["", "", ""]
    for pieces in stream_together(turns, SHORT):
        said = [text + piece for text, piece in zip(said, pieces, strict=True)]
    alone = ["".join(who.stream(SCRIPT, dialogue, SHORT)) for who, _, dialogue in turns]
    assert said == alone


def test_closing_a_comparison_stops_every_patient(base, tuned):
    long = Sampling(temperature=1, seed=1, max_new_tokens=400)
    stream = stream_together([(who, SCRIPT, [doctor("Go on.")]) for who in (base, tuned)], long)
    next(stream)
    stream.close()
    with Forwards(base.engine._base) as forwards:
        assert say(base, [doctor("Hello?")])
    assert len(forwards.lengths) <= SHORT.max_new_tokens + 2


def test_a_row_that_is_too_long_leaves_no_engine_at_work(base, tiny_base):
    other = Engine.load(tiny_base, context=300)
    short = ModelPatient(other, base.base)
    dialogue = [doctor("Go on.")]
    script = "It hurts. " * 50
    with Forwards(base.engine._base) as forwards:
        with pytest.raises(MedSimError, match="Shorten the script"):
            list(stream_together([(base, script, dialogue), (short, script, dialogue)], SHORT))
        base.engine.warm([1, 2, 3]).result()  # waits for what came before
    assert max(forwards.lengths) <= 3
    other.close()


def test_old_turns_leave_when_the_context_is_full_and_a_script_too_long_is_refused(base):
    talk = [doctor("Hello?")]
    for number in range(40):
        talk += [patient(f"This is answer number {number} of mine."), doctor("And then what happened?")]
    kept = base.fit(SCRIPT, talk, SHORT)
    assert 1 < len(kept) < len(talk)
    assert say(base, talk)
    with pytest.raises(MedSimError, match="Shorten the script"):
        say(base, [doctor("Hello?")], script="It hurts. " * 500)


def test_warming_a_script_leaves_only_the_question_to_read(base):
    script = "A patient nobody has read about before, with a sore knee."
    base.warm(script)
    with Forwards(base.engine._base) as forwards:
        say(base, [doctor("Hello?")], script=script)
    assert forwards.lengths[-SHORT.max_new_tokens :][0] <= 40


def test_an_adapter_is_loaded_with_its_own_prompt_and_base(tiny_base, adapter, tuned):
    who = load_patient(adapter, str(tiny_base))
    assert who.base.system.system == "I am: {who} {facts}"
    who.base = tuned.base
    assert say(who, [doctor("Hello?")]) == say(tuned, [doctor("Hello?")])
    who.engine.close()


def test_an_adapter_of_other_weights_warns(tiny_base, adapter, tmp_path):
    copy = make_adapter(tmp_path / "copy", tiny_base)
    (copy / "prompt.json").write_text((adapter / "prompt.json").read_text())
    (copy / "base.json").write_text(json.dumps({**bases.describe(tiny_base), "sha256": "0" * 64}))
    with pytest.warns(UserWarning, match="was trained on .*tiny from local"):
        load_patient(copy, str(tiny_base)).engine.close()


def test_a_base_for_a_whole_model_is_refused(tiny_base):
    with pytest.raises(MedSimError, match="holds a whole model, not an adapter: leave out --base"):
        load_patient(tiny_base, str(tiny_base))
    load_patient(tiny_base).engine.close()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"name": 3, "hub_id": null, "source": "", "sha256": ""}'])
def test_a_damaged_base_record_says_so(adapter, tmp_path, text):
    folder = shutil.copytree(adapter, tmp_path / "adapter")
    (folder / "base.json").write_text(text)
    with pytest.raises(MedSimError, match="base.json is missing or damaged"):
        load_patient(folder)


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(MedSimError, match="holds no trained weights"):
        load_patient(tmp_path)
