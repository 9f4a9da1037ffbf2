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
from tests.passes import forward_passes, held
from tests.tiny import make_trained_adapter

SHORT = Sampling(temperature=0, max_new_tokens=12)
SCRIPT = "A baker with a cough."


@pytest.fixture(scope="module")
def adapter(tmp_path_factory, tiny_base):
    folder = tmp_path_factory.mktemp("adapters") / "one"
    return make_trained_adapter(folder, tiny_base, system="I am: {who} {facts}")


@pytest.fixture(scope="module")
def model(tiny_base):
    return bases.load_model(tiny_base).eval()


@pytest.fixture(scope="module")
def engine(model, tiny_base, adapter):
    engine = Engine(model, bases.load_tokenizer(tiny_base), context=700)
    engine.load_adapter("one", adapter)
    yield engine
    engine.close()


@pytest.fixture
def base(engine):
    return ModelPatient(engine, ChatFormat(engine.tokenizer))


@pytest.fixture
def tuned(engine):
    return ModelPatient(engine, ChatFormat(engine.tokenizer), "one")


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


def test_turn_15_reads_only_what_is_new(base, model):
    dialogue = []
    for number in range(15):
        question = f"How is number {number}?"
        with forward_passes(model) as passes:
            reply = say(base, [*dialogue, doctor(question)])
        dialogue += [doctor(question), patient(reply.strip() or SILENCE)]
    tokens = base.engine.tokenizer
    last_reply, new_question = dialogue[-3].content, dialogue[-2].content
    new = len(tokens.encode(last_reply)) + len(tokens.encode(new_question))
    first, *others = (tokens for _, tokens in passes)
    assert first <= new + 30
    assert set(others) == {1}


def test_after_stop_there_is_at_most_one_more_forward(base, model):
    long = Sampling(temperature=1, seed=1, max_new_tokens=400)
    stream = base.stream(SCRIPT, [doctor("Tell me everything.")], long)
    next(stream)
    with held(model) as (entered, release), forward_passes(model) as passes:
        assert entered.wait(10)
        stream.close()
        release.set()
        assert say(base, [doctor("Hello?")])  # waits for what is left of the first
    first_of_the_second = next(place for place, (_, tokens) in enumerate(passes) if tokens > 1)
    assert first_of_the_second <= 1


def test_a_patient_that_says_nothing_has_said_silence():
    class Mute:
        def stream(self, script, dialogue, sampling):
            yield from ()

    assert list(stream_together([(Mute(), SCRIPT, [doctor("Hello?")])], SHORT)) == [[SILENCE]]


def test_compare_gives_each_patient_what_it_would_say_alone(base, tuned):
    fact_lookup = ScriptedPatient()
    dialogues = [
        [doctor("What brings you in?"), patient(word), doctor("Go on.")] for word in ("A cough.", "Pain.", "It.")
    ]
    turns = list(zip((base, tuned, fact_lookup), [SCRIPT] * 3, dialogues, strict=True))
    said = ["", "", ""]
    for pieces in stream_together(turns, SHORT):
        said = [text + piece for text, piece in zip(said, pieces, strict=True)]
    alone = ["".join(who.stream(SCRIPT, dialogue, SHORT)) for who, _, dialogue in turns]
    assert said == alone


def test_closing_a_comparison_stops_every_patient(base, tuned, model):
    long = Sampling(temperature=1, seed=1, max_new_tokens=400)
    stream = stream_together([(who, SCRIPT, [doctor("Go on.")]) for who in (base, tuned)], long)
    next(stream)
    with held(model) as (entered, release), forward_passes(model) as passes:
        assert entered.wait(10)
        stream.close()
        release.set()
        assert say(base, [doctor("Hello?")])
    assert len(passes) <= SHORT.max_new_tokens + 1


def test_a_row_that_is_too_long_leaves_no_engine_at_work(base, model, tiny_base):
    other = Engine.load(tiny_base, context=300)
    short = ModelPatient(other, base.base)
    dialogue = [doctor("Go on.")]
    script = "It hurts. " * 50
    with forward_passes(model) as passes:
        with pytest.raises(MedSimError, match="Shorten the script"):
            list(stream_together([(base, script, dialogue), (short, script, dialogue)], SHORT))
        base.engine.warm([1, 2, 3]).result()  # waits for what came before
    assert max(tokens for _, tokens in passes) <= 3
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


def test_warming_a_script_leaves_only_the_question_to_read(base, model):
    script = "A patient nobody has read about before. " + "Her knee is sore. " * 10
    with forward_passes(model) as passes:
        base.warm(script)
        say(base, [doctor("Hello?")], script=script)
    warmed, question, *others = (tokens for _, tokens in passes)
    assert warmed > 100 and question <= 40
    assert set(others) == {1}


def test_an_adapter_is_loaded_with_its_own_prompt_and_base(tiny_base, adapter, tuned):
    who = load_patient(adapter, str(tiny_base))
    assert who.base.system.system == "I am: {who} {facts}"
    who.base = tuned.base
    assert say(who, [doctor("Hello?")]) == say(tuned, [doctor("Hello?")])
    who.engine.close()


def test_an_adapter_of_other_weights_warns(tiny_base, adapter, tmp_path):
    copy = shutil.copytree(adapter, tmp_path / "copy")
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
