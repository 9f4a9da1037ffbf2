"""A patient behind an OpenAI-compatible server, over HTTP on loopback."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from medsim import server
from medsim.bases import load_tokenizer
from medsim.dialogue import SILENCE, doctor, load, patient
from medsim.engine import Engine
from medsim.errors import MedSimError
from medsim.patients import ModelPatient, stream_together
from medsim.prompt import ChatFormat, encode
from medsim.sampling import Sampling
from medsim.server_patient import ServerPatient, _cancel
from tests.chat_server import KEY, chat_server, reader
from tests.conftest import DIALOGUES, MARIA, REPOSITORY
from tests.tiny import CHATML, GREEDY, LLAMA3, make_tokenizer, make_trained_adapter
from trainer.finish import write_model_files
from trainer.merge import merge

SCRIPT = "A baker with a cough."
ASKED = [doctor("What brings you in?")]
LOCK_OPENED = [
    doctor("Good morning. What brings you in?"),
    patient("My chest."),
    doctor("Lots of people find this hard, and I ask everyone: how much alcohol do you drink?"),
    patient("Wine."),
    doctor("Since when?"),
]


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def impatient(monkeypatch):
    """One try of two seconds."""
    monkeypatch.setattr(server, "RETRIES", 0)
    monkeypatch.setattr(server, "TIMEOUT", 2)


def parrot(request: dict) -> str:
    return f"You said: {request['messages'][-1]['content']}"


def same_ids(folder, base: ChatFormat, interviews) -> list[list[int]]:
    with chat_server(parrot, read=reader(folder)) as running:
        who = ServerPatient(running.url)
        for script, dialogue in interviews:
            who.batch([(script, dialogue)], GREEDY)
            "".join(who.stream(script, dialogue, GREEDY))
    expected = [encode(script, dialogue, base).ids for script, dialogue in interviews for _ in range(2)]
    assert running.prompts == expected
    return expected


@pytest.mark.parametrize("template", [CHATML, LLAMA3, None])
def test_the_server_makes_the_ids_that_encode_makes(tmp_path, template, script):
    base = ChatFormat(make_tokenizer(template))
    write_model_files(tmp_path, base)
    interviews = [(script, ASKED), (SCRIPT, LOCK_OPENED), (script, LOCK_OPENED), (script, LOCK_OPENED[:3])]
    opened = same_ids(tmp_path, base, interviews)[4]
    assert "(You can say it now: " in base.tokenizer.decode(opened)


def test_the_server_makes_the_ids_that_encode_makes_with_the_real_tokenizer(tmp_path, smollm2):
    base = ChatFormat(load_tokenizer(smollm2))
    write_model_files(tmp_path, base)
    records = {record.script.id: record for record in load(DIALOGUES[1])}.values()
    assert len(records) > 5
    same_ids(tmp_path, base, [(record.script, record.dialogue[:-1]) for record in records])


def test_a_served_model_says_what_it_says_here(tmp_path, tiny_base, script):
    folder = merge(make_trained_adapter(tmp_path / "adapter", tiny_base), tmp_path / "merged")
    engine, read = Engine.load(folder), reader(folder)
    here = ModelPatient(engine, ChatFormat(engine.tokenizer))
    few = GREEDY.model_copy(update={"max_new_tokens": 12})

    def speak(request: dict) -> str:
        sampling = GREEDY.model_copy(update={"max_new_tokens": request["max_tokens"]})
        return "".join(pieces[0] for pieces in engine.generate([(read(request["messages"]), None)], sampling))

    items = [(script, LOCK_OPENED), (SCRIPT, ASKED)]
    with chat_server(speak, read=read) as running:
        who = ServerPatient(running.url)
        assert who.batch(items, few) == here.batch(items, few)
        assert "".join(who.stream(*items[0], few)).strip() == here.batch(items, few)[0]
    engine.close()


def test_a_reply_streams_piece_by_piece_and_sampling_is_passed_on():
    sampling = Sampling(temperature=0.7, top_p=0.8, repetition_penalty=1.2, max_new_tokens=7, seed=3)
    with chat_server(lambda request: "  My chest is tight. ") as running:
        who = ServerPatient(running.url)
        assert list(who.stream(SCRIPT, ASKED, sampling)) == ["My ", "chest ", "is ", "tight. "]
        assert who.batch([(SCRIPT, ASKED)], sampling) == ["My chest is tight."]
        who.batch([(SCRIPT, ASKED)], GREEDY)
    streamed, asked, greedy = running.requests
    assert streamed.pop("stream") and streamed == asked
    expected = {"temperature": 0.7, "top_p": 0.8, "repetition_penalty": 1.2, "max_tokens": 7, "seed": 3}
    assert expected.items() <= asked.items()
    assert "repetition_penalty" not in greedy
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]


def test_a_closed_stream_stops_the_server():
    spoken = []

    def endless(request):
        for number in range(400):
            time.sleep(0.02)
            spoken.append(number)
            yield f"word {number} "

    with chat_server(endless) as running:
        reply = stream_together([(ServerPatient(running.url), SCRIPT, ASKED)], GREEDY)
        assert next(reply) == ["word 0 "]
        reply.close()
        time.sleep(0.5)
        count = len(spoken)
        time.sleep(0.2)
    assert len(spoken) == count < 100


def test_no_words_are_silence():
    with chat_server(lambda request: " \n") as running:
        who = ServerPatient(running.url)
        assert who.batch([(SCRIPT, ASKED)], GREEDY) == [SILENCE]
        assert "".join(who.stream(SCRIPT, ASKED, GREEDY)) == SILENCE


def test_a_batch_asks_for_several_at_a_time():
    together = threading.Barrier(8, timeout=20)  # broken unless eight wait at once

    def speak(request):
        together.wait()
        return parrot(request)

    items = [(SCRIPT, [doctor(f"Question {number}?")]) for number in range(16)]
    told, threads = {}, set()

    def on_reply(index, reply):
        told[index] = reply
        threads.add(threading.current_thread())

    with chat_server(speak) as running:
        replies = ServerPatient(running.url).batch(items, GREEDY, on_reply)
    assert replies == [f"You said: Question {number}?" for number in range(16)]
    assert told == dict(enumerate(replies))
    assert threads == {threading.current_thread()}


def test_a_busy_server_is_asked_again():
    with chat_server(parrot) as running:
        who = ServerPatient(running.url)
        running.failures += [500, 429, 503]
        assert who.batch([(SCRIPT, ASKED)], GREEDY) == ["You said: What brings you in?"]
        running.failures += [500]
        assert "".join(who.stream(SCRIPT, ASKED, GREEDY)) == "You said: What brings you in?"
    assert len(running.requests) == 2 and not running.failures


def test_a_batch_that_fails_in_the_middle_tells_the_replies_that_are_ready(monkeypatch):
    ready = threading.Event()

    def cancel(futures):
        _cancel(futures)
        ready.set()

    def speak(request):
        ready.wait(20)  # until the batch knows that another one was refused
        return parrot(request)

    monkeypatch.setattr("medsim.server_patient.AT_ONCE", 2)
    monkeypatch.setattr("medsim.server_patient._cancel", cancel)
    items = [(SCRIPT, [doctor(f"Question {number}?")]) for number in range(12)]
    told = {}
    with chat_server(speak) as running:
        who = ServerPatient(running.url)
        running.failures += [400]
        with pytest.raises(MedSimError, match="answers 400: Try later"):
            who.batch(items, GREEDY, told.__setitem__)
    assert 1 <= len(told) == len(running.requests) <= 2, "what was under way is told, and no more was asked"
    assert all(reply == f"You said: Question {index}?" for index, reply in told.items())


def test_a_caller_who_stops_a_batch_leaves_the_rest_unasked(monkeypatch):
    monkeypatch.setattr("medsim.server_patient.AT_ONCE", 1)

    def stop(index, reply):
        raise KeyboardInterrupt

    with chat_server(parrot) as running, pytest.raises(KeyboardInterrupt):
        ServerPatient(running.url).batch([(SCRIPT, ASKED)] * 200, GREEDY, stop)
    assert len(running.requests) < 100


def test_a_long_dialogue_loses_its_oldest_turns_and_keeps_what_unlocked(tmp_path, script):
    base = ChatFormat(make_tokenizer())
    write_model_files(tmp_path, base)
    talk = LOCK_OPENED[:4]
    for number in range(60):
        talk = [*talk, doctor(f"Question number {number}, is it so?"), patient(f"Answer {number}.")]
    talk = [*talk, doctor("And the last question?")]
    context = len(encode(script, talk, base).ids) - 100
    sampling = GREEDY.model_copy(update={"max_new_tokens": 8})
    with chat_server(parrot, read=reader(tmp_path), context=context) as running:
        who = ServerPatient(running.url)
        assert who.batch([(script, talk)], sampling) == ["You said: And the last question?"]
        assert "".join(who.stream(script, talk, sampling)) == "You said: And the last question?"
        contents = [message["content"] for message in running.requests[-1]["messages"]]
        assert contents[1] == talk[0].content and "(You can say it now: " in contents[3]
        assert "Question number 0, is it so?" not in contents and "Question number 59, is it so?" in contents
        with pytest.raises(MedSimError, match="too long for the server's model. Shorten"):
            who.batch([("A baker. " * context, talk)], sampling)
    assert running.prompts[0] == running.prompts[1] and len(running.prompts[0]) + 8 <= context


def test_the_only_model_is_taken_and_of_several_one_must_be_named():
    with chat_server(parrot, models=("one",)) as running:
        assert ServerPatient(running.url).model == "one"
        with pytest.raises(MedSimError, match="has no model 'two'. Choose one with --model: one."):
            ServerPatient(running.url, "two")
    with chat_server(parrot, models=("one", "two")) as running:
        who = ServerPatient(running.url, "two")
        who.batch([(SCRIPT, ASKED)], GREEDY)
        assert running.requests[0]["model"] == "two"
        with pytest.raises(MedSimError, match="has 2 models. Choose one with --model: one, two."):
            ServerPatient(running.url)


def test_a_wrong_key_is_told_and_not_shown(monkeypatch):
    with chat_server(parrot) as running:
        for wrong in ("sk-wrong", ""):
            monkeypatch.setenv("OPENAI_API_KEY", wrong)
            with pytest.raises(MedSimError, match="answers 401: it refuses the key. Put the right one in OPENAI") as told:
                ServerPatient(running.url)
            assert "sk-wrong" not in str(told.value)


def test_a_server_that_repeats_the_key_does_not_show_it():
    with chat_server(parrot) as running:
        who = ServerPatient(running.url)
        running.failures += [400]
        running.refusal = f"You sent {KEY}."
        with pytest.raises(MedSimError, match=r"answers 400: You sent \(the key\)\.") as told:
            who.batch([(SCRIPT, ASKED)], GREEDY)
    assert KEY not in str(told.value)


def test_a_server_that_is_not_there_or_does_not_answer_is_told(impatient):
    wait = threading.Event()

    def speak(request):
        wait.wait(20)
        return "Yes."

    with chat_server(speak) as running:
        who = ServerPatient(running.url)
        for ask in (lambda: who.batch([(SCRIPT, ASKED)], GREEDY), lambda: list(who.stream(SCRIPT, ASKED, GREEDY))):
            with pytest.raises(MedSimError, match="does not answer in time. See in its log"):
                ask()
        with pytest.raises(MedSimError, match="answers 404: .* Check the model's name, and that the URL ends in /v1."):
            ServerPatient(running.url.removesuffix("/v1"))
        wait.set()
    for ask in (lambda: who.batch([(SCRIPT, ASKED)], GREEDY), lambda: ServerPatient(running.url)):
        with pytest.raises(MedSimError, match="cannot be reached. Is it running?"):
            ask()


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [(RuntimeError("Out of memory."), "broke off its answer: Out of memory."), (OSError(), "cannot be reached. Is it")],
)
def test_a_reply_that_breaks_off_is_told(failure, sentence):
    def speak(request):
        yield "I have "
        raise failure

    with chat_server(speak) as running:
        reply = ServerPatient(running.url).stream(SCRIPT, ASKED, GREEDY)
        assert next(reply) == "I have "
        with pytest.raises(MedSimError, match=sentence):
            next(reply)


@pytest.mark.parametrize("url", ["http://", "http://[x/v1", "http://me:secret@host:port/v1"])
def test_what_is_no_url_is_told(url):
    with pytest.raises(MedSimError, match="This is no URL of a server. Write it as http://HOST:PORT/v1."):
        ServerPatient(url)


def test_a_page_that_is_no_list_of_models_is_told():
    with chat_server(parrot, models=()) as running:
        for url in (running.url, running.url.replace("/v1", "/page")):
            with pytest.raises(MedSimError, match="lists no models. Check that it ends in /v1"):
                ServerPatient(url)


@pytest.mark.parametrize("url", ["http://me:secret@127.0.0.1:1/v1", "http://127.0.0.1:1/v1?key=secret"])
def test_a_url_with_a_secret_is_refused(url):
    with pytest.raises(MedSimError, match="Put its key in OPENAI_API_KEY") as told:
        ServerPatient(url)
    assert "secret" not in str(told.value)


def command(*args) -> subprocess.CompletedProcess:
    environment = {**os.environ, "OPENAI_API_KEY": KEY}
    return subprocess.run([sys.executable, "-m", *map(str, args)], capture_output=True, text=True, cwd=REPOSITORY,
                          env=environment, input="Any fever?\n", timeout=120)  # fmt: skip


def test_the_benchmark_asks_a_server(tmp_path):
    for wrong in (["--patient", "scripted", "--model", "x"], ["--patient", "http://127.0.0.1:1/v1", "--base", "x"]):
        refused = command("medsim.benchmark", *wrong, "--out", tmp_path)
        assert refused.returncode == 1 and "Leave it out." in refused.stderr
    script = REPOSITORY / "data/scripts/priya-nair-headache.yaml"
    with chat_server(parrot, models=("one", "two")) as running:
        asked = ("medsim.benchmark", "--patient", running.url, "--scripts", script, "--out", tmp_path)
        refused = command(*asked)
        assert refused.returncode == 1 and "Choose one with --model: one, two." in refused.stderr
        done = command(*asked, "--model", "two")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (found["patient"], found["model"]) == (running.url, "two")
    lines = [json.loads(line) for line in (tmp_path / "replies.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == len(running.requests)
    assert all(line["reply"].startswith("You said: ") for line in lines)
    assert {request["model"] for request in running.requests} == {"two"}
    assert found["sampling"]["repetition_penalty"] == 1  # a server would count the script's words
    written = "".join(path.read_bytes().decode("latin-1") for path in tmp_path.iterdir())
    assert KEY not in written + done.stderr + done.stdout + refused.stderr


def test_an_interview_in_the_terminal_with_a_server():
    with chat_server(parrot) as running:
        done = command("medsim.chat", "--script", MARIA, "--server", running.url, "--model", "teacher")
    assert done.returncode == 0, done.stderr
    assert "Patient: You said: Any fever?\n" in done.stdout
