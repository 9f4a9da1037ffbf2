"""What no patient says: doctor talk, assistant talk, narration, other people's lines, loops."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from medsim.dialogue import Dialogue, Script
from medsim.match.lexicon import lexicon
from medsim.match.persons import speaks_of_themselves
from medsim.match.text import content_stems, normalise, tokens, word_set
from medsim.match.types import Ask, Span

_GREETING_WORDS = 5
_LATELY = 3  # turns: the question and the exchange before it
LONG_WORDS, TOO_LONG_WORDS = 80, 150  # a patient's turn has a median of 4 to 8 words, p90 of 22 to 33
_ROUND = 12  # words in which something can go round in a loop
_ROLES = r"doctor|dr\.?(?: \w+)?|patient|assistant|user|system|nurse|interviewer|student"
_NARRATION = re.compile(
    r"\*[^*\n]{2,}\*|[\[(](?:(?!(?:when|if|as|maybe|because|after|before|while|only|that|i|it|my)\b)\w+ ){0,3}"
    r"(?:sighs?|pauses?|laughs?|nods?|smiles?|coughs?|looks?|shrugs?|crying|nervously|"
    r"winces?|clears?|shakes?|points?|frowns?|hesitates?)\b[^\])]*[\])]"
)
_MARKUP = re.compile(
    r"<\|?[a-z_/]+\|?>|\[/?INST\]|(?m:^\s*[-*•]\s+\S)|(?m:^#+ )|\*\*|"
    r"(?ms:^\s*\d+[.)]\s+\S.*?^\s*\d+[.)]\s+\S)"  # one number alone is an answer: "8. It really hurts."
)
_HUMAN = re.compile(
    r"\bi(?:'m| am) (?:a )?(?:real|human|a person|an actual)\b|\bi(?:'m| am) not (?:an? )?(?:ai|bot|robot)\b"
)


# Greek and Latin endings of the record, but for what everybody says.
_JARGON = re.compile(
    r"[a-z]{2,}(?:a?emia|aemic|opathy|pathic|algia|uria|o?edema|penia|megaly|rrhagia|plegia|plegic|paresis|pnoea|pnoeic|"
    r"phagia|ycardi[ac]+|a?esthesia|phasia|plasia|oplasm|kinesia|kinetic|praxia|ectasis|ectatic|trophic|cytosis|rrhoeic|"
    r"uresis|thymic|thymia|oscopically|ologically)\Z"
)
_LAY = word_set("anaemia anemia anaemic leukaemia leukemia fibromyalgia nostalgia sciatica apnoea septicaemia academia")


class Fault(NamedTuple):
    """Something that a patient would not say: the rule, whether it is grave, what it is in words, and where."""

    rule: str
    grave: bool
    text: str
    span: Span


def faults(reply: str, ask: Ask, script: Script, dialogue: Dialogue) -> list[Fault]:
    """What is out of role in a reply to `ask`, the question that the dialogue ends with."""
    if not reply.strip(" .\u2026"):
        return [Fault("empty", True, "The reply is empty.", (0, len(reply)))]
    return [
        *_echo(reply, dialogue),
        *_by_pattern(reply, script),
        *_by_words(reply, ask),
        *_clinical(reply, script, dialogue),
        *_third_person(reply, ask, script, dialogue),
        *_loops(reply, dialogue),
        *_length(reply),
    ]


def _echo(reply: str, dialogue: Dialogue) -> Iterator[Fault]:
    """The doctor's own words, given back."""
    greets = len(reply.split()) <= _GREETING_WORDS and lexicon().talk_in(tokens(reply)) & {"greeting", "thanks"}
    same = bool(dialogue) and normalise(reply).strip() == normalise(dialogue[-1].content).strip()
    if same and len(reply) > 3 and not greets:
        yield Fault("echo", True, "It speaks the doctor's words.", (0, len(reply)))


def _by_pattern(reply: str, script: Script) -> Iterator[Fault]:
    rules = (
        (_speaker_tag(script), "speaker_tag", True, "It writes who is speaking, or speaks for somebody else."),
        (_NARRATION, "narration", True, "It narrates instead of speaking."),
        (_MARKUP, "markup", True, "It has markup, a list or control text."),
    )
    for pattern, rule, grave, text in rules:
        match = pattern.search(reply)
        if match:
            yield Fault(rule, grave, text, match.span())
    match = _HUMAN.search(normalise(reply))
    if match:
        yield Fault("human", False, "It argues about being human instead of staying the patient.", match.span())


@lru_cache(maxsize=256)
def _tag_of(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?im)^\s*(?:{'|'.join([_ROLES, *map(re.escape, names)])})\s*:")


def _speaker_tag(script: Script) -> re.Pattern[str]:
    """ "Doctor:", "Patient:", "Maria:"; not "Sorry: I forgot"."""
    if isinstance(script, str):
        return _tag_of(())
    full = [name for name in (script.patient.name, script.speaker.name) if name]
    parts = [part for name in full for part in name.split()]
    return _tag_of((*full, *parts, script.speaker.relation))


def _by_words(reply: str, ask: Ask) -> Iterator[Fault]:
    found = tokens(reply)
    texts = {
        "assistant": "It talks like an assistant.",
        "doctor_talk": "It talks like a doctor.",
    }
    talk, seen = lexicon().talk.find_all(found), set()
    if any(match.key == "manages" for match in talk) and "bait_doctor" in lexicon().talk_in(tokens(ask.text)):
        texts["manages"] = texts["doctor_talk"]
    for match in talk:
        if match.key in texts and match.key not in seen:
            seen.add(match.key)
            rule = "doctor_talk" if match.key == "manages" else match.key
            yield Fault(rule, True, texts[match.key], (found[match.first].start, found[match.last - 1].end))


def _clinical(reply: str, script: Script, dialogue: Dialogue) -> Iterator[Fault]:
    """Words of the medical record that neither the doctor nor the script has used."""
    found = tokens(reply)
    matches = [(match.first, match.last) for match in lexicon().talk.find(found) if match.key == "clinical"]
    matches += [
        (place, place + 1)
        for place, token in enumerate(found)
        if len(token.text) > 6 and token.text not in _LAY and _JARGON.match(token.text)
    ]
    if not matches:
        return
    known = content_stems([token for message in dialogue[-_LATELY:] for token in tokens(message.content)])
    if not isinstance(script, str):
        known |= frozenset().union(*(content_stems(tokens(fact.say)) for fact in script.facts))
    for first, last in matches:
        own = content_stems(found[first:last])
        if own and not own <= known:
            span = (found[first].start, found[last - 1].end)
            yield Fault("doctor_talk", True, "It talks like a medical record.", span)
            return


def _third_person(reply: str, ask: Ask, script: Script, dialogue: Dialogue) -> Iterator[Fault]:
    if isinstance(script, str) or script.speaker.relation != "self":
        return
    span = speaks_of_themselves(reply, ask, script, dialogue)
    if span:
        yield Fault("third_person", True, "The patient speaks of themselves in the third person.", span)


def _loops(reply: str, dialogue: Dialogue) -> Iterator[Fault]:
    sentences = [part.strip() for part in re.split(r"[.!?\n]+", normalise(reply)) if len(part.split()) >= 3]
    repeated = [sentence for sentence, count in Counter(sentences).items() if count > 1]
    if repeated:
        start = max(normalise(reply).rfind(repeated[0]), 0)
        yield Fault("loop", True, "It says the same sentence twice.", (start, start + len(repeated[0])))
    words = [token.text for token in tokens(reply)]
    triples = Counter(zip(words, words[1:], words[2:], strict=False)) if len(words) >= _ROUND else {}
    if triples and max(triples.values()) >= 4:
        yield Fault("loop", True, "It goes round in a loop.", (0, len(reply)))
    before = [message.content for message in dialogue if message.role == "patient"]
    asked_before = {normalise(message.content) for message in dialogue[:-1] if message.role == "doctor"}
    again = sum(normalise(text).strip() == normalise(reply).strip() for text in before)
    new_question = bool(dialogue) and normalise(dialogue[-1].content) not in asked_before
    if new_question and again >= (2 if len(words) >= 5 else 5):
        yield Fault(
            "repeats",
            len(words) >= 5 and again >= 3,
            "It gives an earlier answer again, word for word.",
            (0, len(reply)),
        )


def _length(reply: str) -> Iterator[Fault]:
    count = len(reply.split())
    if count > LONG_WORDS:
        text = f"{count} words are more than a patient says in one go."
        yield Fault("too_long", count > TOO_LONG_WORDS, text, (0, len(reply)))
