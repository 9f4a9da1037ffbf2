"""The Evaluate tab: handlers called as functions by visitors and owners, over reports that the real benchmark wrote."""

import inspect
import json
import re
import shutil
import time
from html import unescape
from pathlib import Path

import gradio as gr
import pytest
from gradio.helpers import special_args

from medsim.benchmark import questions
from medsim.errors import MedSimError
from medsim.metrics import Evidence
from space.context import App
from space.evaluate_form import COUNTS, PUBLIC, QUICK
from space.evaluate_page import Bar, bars
from space.models import Model
from space.reply_page import marked, reasons
from space.reports import METRICS, Line, evaluations_of, find_evaluation, replies_file, report_file
from space.tabs import evaluate, evaluate_new
from space.tabs.evaluate import evaluate_tab
from tests.conftest import MARIA
from tests.space.conftest import EVIL, OWNER, VISITOR, handler, make_app
from trainer.evaluations import Evaluation

SECRET = "/home/secret/runs/mine/adapter"


@pytest.fixture
def app(tmp_path, tiny_base, report) -> App:
    """A server with three reports: `a`, newest, `b` of a patient who says other things, `c` of other questions."""
    made = make_app(tmp_path, str(tiny_base))
    for name, sha in (("c", "others"), ("b", "same"), ("a", "same")):
        shutil.copytree(report, made.runs / "reports" / name)
        write_report(made, name, patient=SECRET, probes_sha256=sha)
        text = made.runs / "reports" / name / "report.md"
        text.write_text(text.read_text().replace("scripted", SECRET, 2))
    change(made, "b", 0, reply=EVIL, overall=0.0, script_adherence=0.0, evidence=[
        {"rule": "x", "sign": "bad", "text": EVIL, "fact_id": EVIL, "span": [2, len(EVIL) - 3]},
    ])  # fmt: skip
    return made


def write_report(app: App, name: str, **changes) -> None:
    path = app.runs / "reports" / name / "report.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change(app: App, name: str, number: int, **changes) -> Line:
    path = app.runs / "reports" / name / "replies.jsonl"
    lines = [json.loads(line) for line in path.read_text().removesuffix("\n").split("\n")]
    lines[number] |= changes
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return lines[number]


def begun(app: App, name: str, asked: int = 3) -> Evaluation:
    """A benchmark whose process was killed."""
    folder = app.runs / "reports" / name
    folder.mkdir(parents=True)
    (folder / "evaluation.json").write_text(json.dumps({"patient": "base", "flags": ["--patient", "base"]}))
    (folder / "replies.part.jsonl").write_text('{"questions": 200}\n' + '[0, 0, "x"]\n' * asked)
    return Evaluation(folder)


def tab_of(app: App) -> gr.Blocks:
    with gr.Blocks() as demo, gr.Tab() as tab:
        evaluate_tab(app, tab)
    return demo


# ---------------------------------------------------------------- who may


def test_what_starts_stops_and_deletes_refuses_a_visitor(app):
    begun(app, "half")
    before = sorted(app.runs.rglob("*"))
    refused = 0
    for event in tab_of(app).fns.values():
        if event.fn is None or not event.inputs:
            continue
        values, *_ = special_args(event.fn, [None] * len(event.inputs), VISITOR)
        try:
            result = event.fn(*values)
            if inspect.isgenerator(result):
                next(result)
        except gr.Error as error:
            refused += "Only the owner" in str(error)
        except TypeError:
            pass  # a handler for everybody, which was given nothing
    assert refused == 6  # estimate, start, stop, resume, ask and delete
    assert sorted(app.runs.rglob("*")) == before


def test_a_visitor_sees_reports_and_nothing_that_is_begun(app):
    begun(app, "half")
    tab = tab_of(app)
    for request, owner in ((VISITOR, False), (OWNER, True)):
        names, table, part, choosing, order = handler(tab, "enter")(None, request, None)
        assert [value for _, value in names.choices] == ["a", "b", "c"] and names.value == ["a"]
        assert ("half" in table) is owner is order.visible and part.visible and choosing.visible
        offered = handler(tab, "offer")(None, "quick", request, None)[0]
        shown = handler(tab, "looked")("half", None, request, None)
        assert isinstance(offered, gr.Dropdown) is owner and ("3 of 200" in str(shown[3])) is owner


def test_no_path_of_the_server_reaches_anybody(app):
    shown = [*evaluate.lists(app, None, True), *evaluate.show(app, ["a", "b", "c"], "overall", "", "", True),
             *evaluate.list_worst(app, 0, ["a"], "overall", "", ""), report_file(app, ["a"]),
             replies_file(app, ["a"])]  # fmt: skip
    text = "".join(json.dumps(one.get_config(), default=str) if isinstance(one, gr.blocks.Block) else str(one)
                   for one in shown)  # fmt: skip
    assert "mine" in text and "secret" not in text and str(app.runs) not in text
    assert "# Fidelity of mine" in report_file(app, ["a"])["text"]


@pytest.mark.parametrize("name", ["..", "../a", "a/../../x", "/etc", "", "A", "none", None])
def test_names_that_are_none_are_refused(app, name):
    (app.runs / "x").mkdir()
    for action in (
        lambda: find_evaluation(app, name), lambda: evaluate.show(app, [name], "overall", "", "", True),
        lambda: evaluate.list_worst(app, 0, [name], "overall", "", ""), lambda: report_file(app, [name]),
        lambda: evaluate_new.stop(app, (name,)), lambda: evaluate_new.resume(app, (name,)),
        lambda: evaluate_new.ask(app, (name,)), lambda: evaluate_new.delete(app, name),
    ):  # fmt: skip
        with pytest.raises(MedSimError):
            action()


def test_more_than_fit_and_unknown_metrics_are_refused(app):
    with pytest.raises(MedSimError, match="At most 4"):
        evaluate.show(app, ["a"] * 5, "overall", "", "", True)
    with pytest.raises(MedSimError, match="one of the metrics"):
        evaluate.show(app, ["a"], "reply", "", "", True)
    with pytest.raises(MedSimError, match="one of the metrics"):
        evaluate.list_worst(app, 0, ["a"], "evidence", "", "")


# ---------------------------------------------------------------- figures


def test_without_reports_it_is_said_what_to_do(tmp_path):
    app = make_app(tmp_path)
    names, _, part, choosing, _ = evaluate.lists(app, None, True)
    assert (names.value, part.visible, choosing.visible) == ([], False, False)
    assert "Choose a patient under New report" in evaluate.show(app, [], "overall", "", "", True)[0]
    assert "when the owner" in evaluate.show(app, [], "overall", "", "", False)[0]


@pytest.mark.parametrize("metric", METRICS)
def test_bars_say_number_and_interval_of_reports_and_of_those_beside(app, metric):
    found = find_evaluation(app, "a").report
    chart = evaluate.show(app, ["a", "b"], metric, "", "", True)[0]
    labels = re.findall(r'role="img" aria-label="(.*?)"', chart)
    one = found[metric]
    assert f"a: {one['mean']:.2f}, 95 % interval {one['low']:.2f} to {one['high']:.2f}" in map(unescape, labels)
    measured = [name for name, those in found["beside"].items() if those[metric]["mean"] is not None]
    assert len(labels) == 2 + len(measured) and chart.count('class="bar ref"') == len(measured)
    assert ("<s style" in chart) is (metric == "overall")


def test_figures_by_kind_are_those_of_the_report(app):
    detail = unescape(evaluate.show(app, ["a"], "overall", "", "", True)[3])
    for kind, one in find_evaluation(app, "a").report["by_probe"].items():
        assert f"{evaluate.KINDS[kind]} ({one['n']}): {one['mean']:.2f}, 95 %" in detail
    assert "23% to 48%" in detail  # people's short replies


def test_what_does_not_apply_has_no_bar():
    from medsim.benchmark.scoring import Estimate

    html = bars([Bar(EVIL, Estimate(None, None, None, 0)), Bar(EVIL, Estimate(0.5, 0.4, 0.6, 9))])
    assert html.count("role=") == 1 and "<img" not in html


def test_the_same_questions_are_compared_and_others_are_not(app):
    compared = evaluate.show(app, ["a", "b", "c"], "overall", "", "", True)[2]
    assert compared.count("<h2") == 1 and "b beside a" in compared and "✕ worse" in compared
    assert "c was asked other questions than a" in compared
    assert compared.count('class="turn"') == 1 and "&lt;img" in compared and "<img" not in compared


# ---------------------------------------------------------------- replies


def shown_replies(html: str) -> list[str]:
    return re.findall(r"<article.*?</article>", html, re.DOTALL)


def test_the_worst_come_first_twenty_a_page_with_the_talk_before_them(app):
    number, html, back, on = evaluate.list_worst(app, 0, ["b"], "overall", "", "")
    cards = shown_replies(html)
    assert (number, len(cards), back.visible, on.visible) == (0, 20, False, True)
    last = find_evaluation(app, "b").finished.replies[1, 0]
    assert last["overall"] > 0
    worst = sorted(find_evaluation(app, "b").finished.replies.values(), key=lambda line: (line["overall"], -line["turn"]))
    for card, line in zip(cards, worst, strict=False):
        talk = [unescape(question) for question in re.findall("<dt>(.*?)</dt>", card)]
        assert unescape(line["probe"]["question"]) in unescape(card) and len(talk) == line["turn"]
    number, html, back, on = evaluate.list_worst(app, 9, ["b"], "overall", "", "")
    assert (number, len(shown_replies(html)), back.visible, on.visible) == (1, 17, True, False)


def test_filters(app):
    for kind, kept in (("denied", "denied"), ("none", "")):
        assert evaluate.show(app, ["a"], "relevance", kind, "", True)[4].value == kept
    script = MARIA.stem
    denied = shown_replies(evaluate.list_worst(app, 0, ["a"], "overall", "denied", script)[1])
    assert len(denied) == find_evaluation(app, "a").report["by_probe"]["denied"]["n"]
    assert "No reply fits" in evaluate.list_worst(app, 0, ["a"], "overall", "", "another")[1]
    repeated = shown_replies(evaluate.list_worst(app, 0, ["a"], "consistency", "", "")[1])
    assert len(repeated) == find_evaluation(app, "a").report["consistency"]["n"]


def test_hostile_replies_are_text_inside_and_outside_marks(app):
    html = evaluate.list_worst(app, 0, ["b"], "overall", "", "")[1]
    assert "<img" not in html and "&lt;img" in html
    change(app, "b", 0, probe={"kind": EVIL, "question": EVIL, "topics": [EVIL]}, script=EVIL)
    html = "".join(map(str, evaluate.show(app, ["b", "a"], "overall", "", "", True)[:4]))
    [card] = shown_replies(evaluate.list_worst(app, 0, ["b"], "overall", EVIL, EVIL)[1])
    assert "<img" not in html + card and "&lt;img" in html


def evidence(sign: str, start: int, end: int) -> Evidence:
    return Evidence("x", sign, "why", None, (start, end))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], "abcdef"),
        ([("good", 1, 3)], "a[good:bc(✓1)]def"),
        ([("good", 0, 4), ("bad", 2, 6)], "[good:ab][bad:cd(✓1)][bad:ef(✕2)]"),
        ([("warn", 1, 5), ("good", 2, 3)], "a[warn:b][warn:c(✓2)][warn:de(!1)]f"),
        ([("good", 2, 4), ("warn", 2, 4)], "ab[warn:cd(✓1 !2)]ef"),
        ([("bad", 3, 3), ("bad", -4, 2), ("good", 5, 99)], "[bad:ab(✕2)]cde[good:f(✓3)]"),
    ],
)
def test_overlapping_spans_are_marked_by_the_worst(spans, expected):
    html = marked("abcdef", [evidence(*span) for span in spans])
    text = re.sub(r'<mark class="(\w+)">(.*?)</mark>', r"[\1:\2]", str(html))
    assert re.sub(r"<sup>(.*?)</sup>", r"(\1)", text) == expected
    assert reasons([evidence(*span) for span in spans]).count("<li") == len(spans)


# ---------------------------------------------------------------- the owner's part


def test_a_look_that_finds_nothing_new_sends_nothing(app):
    one = begun(app, "half")
    seen, states, part, card, stop, resume, delete, timer = evaluate_new.look(app, "half", None)
    assert "3 of 200 questions" in card and "Resume goes on" in card and ("half", "interrupted") in states
    assert (part.visible, stop.visible, resume.visible, delete.visible) == (True, False, True, True)
    assert timer.active  # once more: how its process ended is known a moment after its end
    *again, timer = evaluate_new.look(app, "half", seen)
    assert all(value == gr.skip() for value in again) and not timer.active
    with (one.path / "replies.part.jsonl").open("a") as file:
        file.write('[0, 3, "y"]\n')
    assert "4 of 200" in evaluate_new.look(app, "half", seen)[3]


def test_the_time_is_told_at_the_pace_of_an_earlier_one(app):
    assert evaluate_new.estimate(app, "scripted", "quick") == ""
    one = begun(app, "half", asked=10)
    started = (one.path / "replies.part.jsonl").stat().st_mtime - 60
    (one.path / "run.json").write_text(json.dumps({"pid": 1, "process_start": started}))
    assert "About 17 min, at the pace of half" in evaluate_new.estimate(app, "base", "quick")
    assert evaluate_new.estimate(app, "scripted", "quick") == ""
    with pytest.raises(MedSimError, match="sets of questions"):
        evaluate_new.estimate(app, "base", "all")


@pytest.mark.parametrize(
    ("model", "flags"),
    [
        (Model("scripted", "Fact lookup", "scripted"), ["--patient", "scripted"]),
        (Model("base", "b (base)", "base", "b"), ["--patient", "base", "--base", "b"]),
        (Model("runs/x", "x", "adapter", "b", Path("/runs/x/adapter")), ["--patient", "/runs/x/adapter"]),
        (Model("models/x", "x", "model", "/models/x", Path("/models/x")), ["--patient", "/models/x"]),
    ],
)
def test_the_command_is_told_who_is_asked(model, flags):
    assert evaluate_new.patient_flags(model) == flags


@pytest.mark.parametrize(
    ("patient", "questions", "name", "said"),
    [
        ("nobody", "quick", "", "no longer here"),
        ("scripted", "other", "", "sets of questions"),
        ("scripted", "quick", "../x", "not a name"),
        ("scripted", "quick", "a", "There is a report a already"),
    ],
)
def test_orders_that_cannot_be_are_told_in_place(app, patient, questions, name, said):
    *_, (text, chosen) = evaluate_new.start(app, patient, questions, name, login=None)
    assert "Not started" in text and said in text and chosen == gr.skip()


def test_an_order_becomes_a_running_benchmark_which_is_stopped_and_deleted(app):
    *_, (said, name) = evaluate_new.start(app, "base", "quick", "", login=None)
    assert said == "" and re.fullmatch(r"base-\d{4}-\d{4}", name)
    flags = find_evaluation(app, name).settings["flags"]
    assert flags == ["--patient", "base", "--base", app.base, "--quick"]
    seen, _, _, card, stop, resume, delete, timer = evaluate_new.look(app, None, None)
    assert seen[0] == name and (stop.visible, resume.visible, delete.visible, timer.active) == (True, False, False, True)
    *_, (refused, _) = evaluate_new.start(app, "scripted", "quick", "more", login=None)
    assert f"The benchmark {name} is running" in unescape(refused)
    evaluate_new.stop(app, seen)
    end = time.monotonic() + 20
    while find_evaluation(app, name).alive:
        assert time.monotonic() < end
    doomed, part, question = evaluate_new.ask(app, seen)
    assert (doomed, part.visible) == (name, True) and name in question
    evaluate_new.delete(app, doomed)
    assert name not in [one.name for one in evaluations_of(app, True)]


def test_the_page_says_how_many_questions_there_are():
    asked = {QUICK: questions.quick(), PUBLIC: questions.public()}
    assert {name: sum(len(one.probes) for one in interviews) for name, interviews in asked.items()} == COUNTS
