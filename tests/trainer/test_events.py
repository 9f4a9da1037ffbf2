import copy

import pytest

from trainer.events import Events, history, read_events, state


def test_what_is_written_is_read(tmp_path):
    events = Events(tmp_path / "events.jsonl")
    assert read_events(events.path) == []
    events.write("started", step=0, dialogues=3)
    events.write("step", step=1, total=9, loss=1.5, message="naïve")
    first, second = read_events(events.path)
    assert (first["kind"], first["dialogues"]) == ("started", 3)
    assert (second["loss"], second["message"], second["t"] >= first["t"]) == (1.5, "naïve", True)
    assert events.path.read_text(encoding="utf-8").endswith("\n")


def test_a_torn_line_is_left_out_and_the_next_event_is_whole(tmp_path):
    events = Events(tmp_path / "events.jsonl")
    events.write("step", step=1)
    whole = events.path.read_bytes()
    for end in range(len(whole), len(whole) + 20):
        events.path.write_bytes((whole + whole)[:end])
        assert [event["step"] for event in read_events(events.path)] == [1]
    events.write("step", step=2)
    assert [event["step"] for event in read_events(events.path)] == [1, 2]


def test_lines_that_are_no_events_are_left_out(tmp_path):
    (tmp_path / "events.jsonl").write_bytes(b'3\n{"a": 1}\n\xff\xfe\n{"kind": "done", "t": 1}\n')
    assert [event["kind"] for event in read_events(tmp_path / "events.jsonl")] == ["done"]


def test_a_loss_that_is_no_number_is_not_written(tmp_path):
    events = Events(tmp_path / "events.jsonl")
    with pytest.raises(ValueError):
        events.write("step", step=1, loss=float("nan"))
    assert read_events(events.path) == []


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ("", None),
        ("queued", "queued"),
        ("queued started", "running"),
        ("started step eval saved", "running"),
        ("started step done", "done"),
        ("started step failed", "failed"),
        ("started step stopped", "stopped"),
        ("started step stopped queued", "queued"),
        ("started stopped started step", "running"),
    ],
)
def test_the_last_deciding_event_is_the_state(kinds, expected):
    assert state([{"t": 0, "kind": kind} for kind in kinds.split()]) == expected


def test_history_leaves_out_what_a_resumed_run_repeats():
    def event(kind, step, **fields):
        return {"t": 0, "kind": kind, "step": step, **fields}

    events = [
        event("started", 0), event("step", 1), event("step", 2), event("saved", 2), event("step", 3, loss=1.0),
        event("sample", 3),
        event("started", 2), event("step", 3, loss=2.0), event("done", 3),
    ]  # fmt: skip
    before = copy.deepcopy(events)
    kept = history(events)
    assert [(item["kind"], item["step"]) for item in kept if item["kind"] == "step"] == [
        ("step", 1),
        ("step", 2),
        ("step", 3),
    ]
    assert next(item["loss"] for item in kept if item["step"] == 3 and item["kind"] == "step") == 2.0
    assert "sample" not in [item["kind"] for item in kept]
    assert events == before
