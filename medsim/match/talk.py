"""What no patient says: doctor talk, assistant talk, narration, other people's lines, loops, echoes."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from medsim.dialogue import Dialogue, Script
from medsim.match.lexicon import lexicon
from medsim.match.text import content_stems, normalise, tokens
from medsim.match.types import Span

LONG_WORDS, TOO_LONG_WORDS = 80, 150  # a patient's turn has a median of 4 to 8 words, p90 of 22 to 33
_SPEAKER_TAG = re.compile(r"(?im)^\s*(?:doctor|dr|patient|assistant|user|system|nurse|interviewer|student)\s*:")
_NAME_TAG = re.compile(r"(?m)^\s*[A-Z][a-z]+(?: [A-Z][a-z]+)?:\s")
_NARRATION = re.compile(
    r"\*[^*\n]{2,}\*|[\[(](?:\w+ ){0,3}(?:sighs?|pauses?|laughs?|nods?|smiles?|coughs?|looks?|shrugs?|crying|nervously|"
    r"winces?|clears?|shakes?|points?|frowns?|hesitates?)\b[^\])]*[\])]"
)
_MARKUP = re.compile(r"<\|?[a-z_/]+\|?>|\[/?INST\]|(?m:^\s*(?:[-*•]|\d+[.)])\s+\S)|(?m:^#+ )|\*\*")
_HUMAN = re.compile(
    r"\bi(?:'m| am) (?:a )?(?:real|human|a person|an actual)\b|\bi(?:'m| am) not (?:an? )?(?:ai|bot|robot)\b"
)
_FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|me|my|mine|we|our|us)\b")
_THIRD_PERSON = re.compile(
    r"^(?:yes,? |no,? |well,? )?(?:the patient|she|he)(?:'s| is| has| had| was| does| takes| feels| started)\b"
)


class Fault(NamedTuple):
    """Something that a patient would not say: the rule, whether it is grave, what it is in words, and where."""

    rule: str
    grave: bool
    text: str
    span: Span


def faults(reply: str, script: Script, dialogue: Dialogue) -> list[Fault]:
    """What is out of role in a reply to a dialogue that ends with the doctor's question."""
    if not reply.strip(" .\u2026"):
        return [Fault("empty", True, "The reply is empty.", (0, len(reply)))]
    return [
        *_echo(reply, dialogue),
        *_by_pattern(reply),
        *_by_words(reply),
        *_person(reply, script),
        *_loops(reply, dialogue),
        *_length(reply),
    ]


def _echo(reply: str, dialogue: Dialogue) -> Iterator[Fault]:
    """The doctor's own words, given back."""
    if dialogue and len(reply) > 3 and normalise(reply).strip() == normalise(dialogue[-1].content).strip():
        yield Fault("echo", True, "It speaks the doctor's words.", (0, len(reply)))


def _by_pattern(reply: str) -> Iterator[Fault]:
    rules = (
        (_SPEAKER_TAG, "speaker_tag", True, "It writes who is speaking, or speaks for somebody else."),
        (_NAME_TAG, "speaker_tag", True, "It writes who is speaking."),
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


def _by_words(reply: str) -> Iterator[Fault]:
    found = tokens(reply)
    texts = {
        "assistant": "It talks like an assistant.",
        "doctor_talk": "It talks like a doctor.",
    }
    seen = set()
    for match in lexicon().talk.find_all(found):
        if match.key in texts and match.key not in seen:
            seen.add(match.key)
            yield Fault(match.key, True, texts[match.key], (found[match.first].start, found[match.last - 1].end))


def _person(reply: str, script: Script) -> Iterator[Fault]:
    """A patient who speaks of themselves in the third person."""
    if isinstance(script, str) or script.speaker.relation != "self":
        return
    plain = normalise(reply)
    name = re.search(
        rf"\b(?:{'|'.join(map(re.escape, normalise(script.patient.name).split()))}) (?:is|has|was|does)\b", plain
    )
    match = _THIRD_PERSON.match(plain)
    match = match if match and not _FIRST_PERSON.search(plain) and not _speaks_of_others(plain) else name
    if match:
        yield Fault("third_person", True, "The patient speaks of themselves in the third person.", match.span())


def _speaks_of_others(plain: str) -> bool:
    return bool(lexicon().people.find_all(tokens(plain)))


def _loops(reply: str, dialogue: Dialogue) -> Iterator[Fault]:
    sentences = [part.strip() for part in re.split(r"[.!?\n]+", normalise(reply)) if len(part.split()) >= 3]
    repeated = [sentence for sentence, count in Counter(sentences).items() if count > 1]
    if repeated:
        start = max(normalise(reply).rfind(repeated[0]), 0)
        yield Fault("loop", True, "It says the same sentence twice.", (start, start + len(repeated[0])))
    words = [token.text for token in tokens(reply)]
    triples = Counter(zip(words, words[1:], words[2:], strict=False))
    if len(words) >= 12 and triples and max(triples.values()) >= 4:
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


def echoes(reply: str, question: str) -> bool:
    """True where a reply gives the question's own words back and adds nothing."""
    own, asked = content_stems(tokens(reply)), content_stems(tokens(question))
    words, of_question = [token.text for token in tokens(reply)], {token.text for token in tokens(question)}
    if reply.rstrip().endswith("?") and words and all(word in of_question for word in words):
        return True
    if len(words) < 3 or (
        _FIRST_PERSON.search(normalise(reply)) and "i" not in of_question and not reply.rstrip().endswith("?")
    ):
        return False
    shared = sum(word in of_question for word in words) / len(words)
    return own <= asked and bool(own) and shared >= 0.75 or shared >= 0.9 and len(words) >= 4
