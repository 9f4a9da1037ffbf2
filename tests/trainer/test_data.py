from dataclasses import replace

import pytest

from medsim.dialogue import Record, doctor, patient, save
from medsim.errors import DataError
from tests.trainer.small import records
from trainer.config import TrainConfig
from trainer.data import IGNORED, encode_all, encode_records, hold_out, load_records, patient_of, script_ids


def encoded(base, dialogue, script="I am tired.", max_length=500):
    [example] = encode_records([Record(script, tuple(dialogue))], base, max_length).examples
    return example


def test_the_patients_words_and_ends_of_turn_are_learned_and_nothing_else(tiny_format, dialogue):
    example = encoded(tiny_format, dialogue)
    assert len(example.ids) == len(example.labels)
    assert all(label in (IGNORED, token) for token, label in zip(example.ids, example.labels, strict=True))
    learned = tiny_format.tokenizer.decode([label for label in example.labels if label != IGNORED])
    assert learned == "I've been getting this tightness in my chest.<|im_end|>Two days ago.<|im_end|>No.<|im_end|>"
    assert example.loss_tokens == len(tiny_format.tokenizer.encode(learned, add_special_tokens=False))


def test_the_script_is_what_all_its_dialogues_begin_with(tiny_format, dialogue, script):
    first, second = (
        encoded(tiny_format, turns, script, 3000) for turns in (dialogue, [doctor("Hi."), patient("Hello.")])
    )
    assert first.script == second.script == tuple(first.ids[: len(first.script)])
    assert tiny_format.tokenizer.decode(first.script).endswith("<|im_end|>\n<|im_start|>user\n")
    assert encoded(tiny_format, dialogue).script != first.script
    assert all(label == IGNORED for label in first.labels[: len(first.script) + 1])


def test_what_a_question_unlocks_stands_in_the_dialogue_and_not_in_the_script(tiny_format, script):
    question = "Many people find this hard to say, and it stays between us: how much alcohol do you drink?"
    example = encoded(tiny_format, [doctor(question), patient("Most evenings I drink.")], script, 3000)
    told = tiny_format.tokenizer.decode(example.ids[len(example.script) :])
    assert "You can say it now" in told
    assert script_ids(script, tiny_format) == example.script


def test_a_last_question_without_an_answer_is_left_out(tiny_format, dialogue):
    assert encoded(tiny_format, [*dialogue, doctor("Anything else?")]) == encoded(tiny_format, dialogue)


def test_too_long_a_dialogue_loses_its_oldest_turns(tiny_format):
    turns = [turn for number in range(20) for turn in (doctor(f"Question {number}?"), patient(f"Answer {number}."))]
    whole = len(encoded(tiny_format, turns, max_length=5000).ids)
    result = encode_records([Record("I am tired.", tuple(turns))] * 2, tiny_format, whole - 5)
    assert result.shortened == 2
    assert result.turns_lost % 4 == 0 and result.turns_lost > 0
    assert all(len(example.ids) <= whole - 5 for example in result.examples)
    text = tiny_format.tokenizer.decode(result.examples[0].ids)
    assert "Answer 19." in text and "Answer 0." not in text
    assert "2 were too long" in str(result)


def test_dialogues_that_cannot_fit_are_all_named(tiny_format):
    long = Record("word " * 500, (doctor("Hi."), patient("Hello.")))
    with pytest.raises(DataError) as caught:
        encode_records([replace(long, line=1), *records(1), replace(long, line=7)], tiny_format, 500, "mine.jsonl")
    assert [(problem.file, problem.line) for problem in caught.value.problems] == [("mine.jsonl", 1), ("mine.jsonl", 7)]
    assert "--max_length" in str(caught.value)


@pytest.mark.parametrize("validation", [True, False])
def test_what_is_too_long_in_either_part_is_told_by_its_line_in_the_file(tiny_format, tmp_path, validation):
    long = [Record(f"{number} " + "word " * 500, (doctor("Hi."), patient("Hello."))) for number in range(8)]
    files = {"train_file": str(tmp_path / "train.jsonl")}
    if validation:
        files["validation_file"] = str(tmp_path / "validation.jsonl")
    for file in files.values():
        save(file, [*records(2), *long])
    config = TrainConfig(**files, max_length=500)
    with pytest.raises(DataError) as caught:
        encode_all(load_records(config), tiny_format, config)
    found = sorted((problem.file, problem.line) for problem in caught.value.problems)
    assert found == [(file, line) for file in files.values() for line in range(3, 11)]


def test_whole_scripts_are_held_out():
    data = records(40, scripts=20)
    train, validation = hold_out(data, seed=0)
    aside = {patient_of(record.script) for record in validation}
    assert len(aside) == 2 and len(validation) == 4
    assert not aside & {patient_of(record.script) for record in train}
    assert sorted(map(str, [*train, *validation])) == sorted(map(str, data))
    assert hold_out(data, seed=0) == (train, validation)
    assert any(hold_out(data, seed=seed) != (train, validation) for seed in range(1, 4))
    assert len({patient_of(record.script) for record in hold_out(records(4, 2), seed=0).validation}) == 1


def test_a_script_is_known_by_its_id(script):
    changed = script.model_copy(update={"notes": "Seen twice."})
    turns = (doctor("Hi."), patient("Hello."))
    with pytest.raises(DataError, match="one script"):
        hold_out([Record(script, turns), Record(changed, turns)], seed=0)


def test_which_files_are_read(tmp_path):
    save(tmp_path / "train.jsonl", records(8, 4))
    save(tmp_path / "validation.jsonl", records(3, 3))
    config = TrainConfig(train_file=str(tmp_path / "train.jsonl"))
    counts = [
        tuple(map(len, load_records(config.model_copy(update=settings))))
        for settings in (
            {"eval_strategy": "no"},
            {"eval_strategy": "steps"},
            {"eval_strategy": "steps", "validation_file": str(tmp_path / "validation.jsonl")},
        )
    ]
    assert counts == [(8, 0), (6, 2), (8, 3)]


def test_the_problems_of_all_files_are_told_at_once(tmp_path):
    for name in ("train", "validation"):
        (tmp_path / f"{name}.jsonl").write_text('{"script": "x"}\n{"dialogue": []}\n')
    paths = {f"{name}_file": str(tmp_path / f"{name}.jsonl") for name in ("train", "validation")}
    with pytest.raises(DataError) as caught:
        load_records(TrainConfig(**paths))
    assert {(problem.file, problem.line) for problem in caught.value.problems} == {
        (path, line) for path in paths.values() for line in (1, 2)
    }


def test_a_file_that_is_not_text_hides_no_problem_of_the_other(tmp_path):
    (tmp_path / "train.jsonl").write_bytes("é".encode("latin-1"))
    (tmp_path / "validation.jsonl").write_text("{\n")
    paths = {f"{name}_file": str(tmp_path / f"{name}.jsonl") for name in ("train", "validation")}
    with pytest.raises(DataError) as caught:
        load_records(TrainConfig(**paths))
    assert [problem.file for problem in caught.value.problems] == list(paths.values())


def test_a_single_script_cannot_be_held_out(tmp_path):
    save(tmp_path / "train.jsonl", records(3, scripts=1))
    with pytest.raises(DataError, match="--validation_file"):
        load_records(TrainConfig(train_file=str(tmp_path / "train.jsonl")))
