"""A patient who speaks of themselves as of somebody else: by name, as he or she, as "the poor girl"."""

import re
from collections.abc import Sequence
from functools import lru_cache

from medsim.dialogue import Dialogue
from medsim.match.index import index_of
from medsim.match.lexicon import lexicon
from medsim.match.text import Token, normalise, tokens, word_set, words
from medsim.match.types import Ask, Span
from medsim.script import PatientScript

_BEFORE = 2  # turns: the question and what the patient said before it
_HE = {"male": word_set("he him his himself"), "female": word_set("she her hers herself")}
_OF_SEX = {
    "male": word_set("father brother son husband grandfather uncle"),
    "female": word_set("mother sister daughter wife grandmother aunt"),
}
_OWN_NOUN = re.compile(
    r"\b(?:the|this|your) (?:poor |old |young )?patient(?:'s)?\b(?! (?:leaflet|information|transport|group|line))|"
    r"(?:^|[.!?;] )patient (?!as\b|with\b|and\b|enough\b|i\b|to\b|people\b|is \w+ing\b)[a-z]+"
)
_POOR = {
    "male": re.compile(
        r"\b(?:(?:the|this) (?:poor|old|young) (?:lad|boy|man|fella|fellow|chap|guy|bloke|gentleman)|this gentleman)\b"
    ),
    "female": re.compile(r"\b(?:(?:the|this) (?:poor|old|young) (?:girl|lass|woman|lady|dear|thing)|this lady)\b"),
}
_KIN = r"(?:mum|mom|mother|mam|dad|father|sister|brother|aunt\w*|uncle|gran\w*|nan|parents|husband|wife|son|daughter)"
_INTRODUCES = re.compile(
    r"(?:\b(?:i'm|i am|it's|it is|this is|name|name's|named|call|calls|called|calling|say|says|said|tell|told|known|"
    r"our|old|as|me|by|another|other|like|not|poor|dear)|[\"“])[ \"“]*(?:(?:mrs?|ms|miss|dr) )?$"
)
_AUXILIARY = r"(?:is|was|has|had|does|did|do|can|could|will|would|should|might|must)(?:n't)?|can't|won't|never|always"
_PAST = (
    "gave got took went came felt said kept left lost met made sat slept told thought knew saw ate drank fell began "
    "broke brought bought heard held hurt put ran stood woke wrote found just still also only really shook drove rode "
    "spoke stuck sang sank shut cut hit let bit hid paid built bent dealt froze grew lay led meant read rose sent shot "
    "slid sold spent spread swam swore taught threw wept won burnt blew bled caught flew forgot choked often sometimes "
    "usually mostly now then"
).replace(" ", "|")
_VERB = rf"(?:(?:{_AUXILIARY}|{_PAST}|[a-z]{{3,}}(?:s|ed))\b(?! do\b))"
_ACTS = "is|was|has|had|does|did|says|said|thinks|thought|reckons|tells|told|comes|came|made|makes|calls|rang|rings"
_OF_NAME = r"'s (?!fine|ok|good|grand|the name|my name|what|lovely|me\b)[a-z]+|'d"
# Somebody by what they do, beside the lexicon's: "one passenger", "the plumber".
_DOER = re.compile(
    r"(?<!i am )(?<!i'm )(?<!i was )\b(?:an?|the|my|our|your|one|some|that|this|another|every) (?:[a-z]+ )?"
    r"(?!summer|winter|fever|dinner|supper|number|water|weather|letter|paper|shower|matter|corner|order|computer|theater|"
    r"shoulder|finger|liver|bladder|ulcer|cancer|river|(?:rath|oth|bett|wors|nev|ev|aft|und|ov|lat|long)er|floor|door|"
    r"[a-z]+(?:ment|[cd]ent|umor|elevator)\b)[a-z]{3,}(?:er|or|ist|man|men|ian|ant|ent)\b"
)
_CALENDAR = word_set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december christmas easter day year eve ramadan diwali eid thanksgiving labor labour i"
)
_OF_PLACES = word_set("in at from on near")  # before a name: a place or a day
_ONE_WITH_S = word_set("missus gramps pops")
_OPENS = re.compile(r"(?:(?:yes|no|well|oh|aye|yeah|er|um|so|and)[,. ]+)*(?:he|she|his|her)\b")
_YOU = re.compile(r"\b(?:you|your|yours|yourself|u|ur)\b")
_I = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|me|my|mine|myself|we|us|our)\b")
_WHEN = re.compile(r" *(?:when|if|as|because|since|before|after|until|while|although|once)\b")
_PUT_AFTER = re.compile(r",\s*((?:my|our|that|the) [^,.;!?]*)")
_ANYBODY = word_set("anyone anybody someone somebody everyone everybody nobody person child")


def speaks_of_themselves(reply: str, ask: Ask, script: PatientScript, dialogue: Dialogue) -> Span | None:
    """Where a patient who speaks for themselves does so in the third person; "he" may be somebody the talk is of."""
    plain, sex = normalise(reply), script.patient.sex
    match = _OWN_NOUN.search(plain) or _own_name(plain, script) or _own_kin(plain, ask)
    if match or sex not in _HE or not _may_be_of_patient(ask, sex):
        return match and match.span()
    noun = _POOR[sex].search(plain)
    said = next(((token.start, token.end) for token in tokens(reply) if token.text in _HE[sex]), None)
    span = noun.span() if noun else said
    if span is None or any(
        token.text in _HE[sex] for message in dialogue[-_BEFORE:] for token in tokens(message.content)
    ):
        return None
    if not noun and _stands_beside_i(plain, span):
        return None
    rest = reply[: span[0]] + "_" + reply[span[1] :] if noun else _who_could_be_meant(reply, span)
    doctors = [message.content for message in dialogue[-_BEFORE:] if message.role == "doctor"]
    patients = [message.content for message in dialogue[-_BEFORE:] if message.role == "patient"]
    # "What did you do?", "He taught": the question is of "you", so a name that anybody may have is not meant by "he"
    of_you = bool(_OPENS.match(plain) and _YOU.search(normalise(ask.text)))
    named = any(_names(text, script) for text in [*doctors, rest])
    named = named or any(_names(text, script, of_you) for text in patients)
    return None if named or any(_speaks_of_somebody(text, sex) for text in [*patients, rest]) else span


def _may_be_of_patient(ask: Ask, sex: str) -> bool:
    """False for a question about somebody of the patient's sex; "any family?" is about nobody that "he" could be."""
    others = _OF_SEX["male" if sex == "female" else "female"]
    return ask.who in {"patient", "family", "household"} | others


def _stands_beside_i(plain: str, span: Span) -> bool:
    """ "He didn't know me": in one clause with "me", "he" is another."""
    start = max(plain.rfind(mark, 0, span[0]) for mark in ".!?;,") + 1
    return bool(_I.search(re.split(r"[.!?;,]| and ", plain[start:])[0]))


def _who_could_be_meant(reply: str, span: Span) -> str:
    """What may name whom a pronoun stands for: what is before it, and ", my sister" after it."""
    start = max(reply.rfind(mark, 0, span[0]) for mark in ".!?;") + 1
    if _WHEN.match(normalise(reply[start:])):  # "When he's away, my brother ..."
        return reply
    return " ".join([reply[: span[0]] + "_", *_PUT_AFTER.findall(reply[span[1] :])])


def _own_name(plain: str, script: PatientScript) -> re.Match[str] | None:
    """The patient's name as that of somebody else: not "I'm Maria", nor "they call me Maria"."""
    match = _name_of(script.patient.name, script.patient.sex).search(plain)
    return None if match and _INTRODUCES.search(plain[: match.start()]) else match


@lru_cache(maxsize=256)
def _name_of(name: str, sex: str) -> re.Pattern[str]:
    names = "|".join(map(re.escape, normalise(name).split()))
    title = "mr" if sex == "male" else "mrs|ms|miss"
    return re.compile(rf"(?<!\bmr )(?<!\bmrs )\b(?:(?:{title}) )?(?:{names})(?: (?:{names}))*(?:{_OF_NAME}| {_VERB})")


def _own_kin(plain: str, ask: Ask) -> re.Match[str] | None:
    """ "Her mum" where the question has "your mother"."""
    if ask.who == "patient" or not re.search(rf"\byour {_KIN}\b", normalise(ask.text)):
        return None
    return re.match(rf"(?:(?:yes|no|well|oh|aye)[,. ]+)*(?:his|her) {_KIN}\b", plain)


def _speaks_of_somebody(text: str, sex: str) -> bool:
    """True for words of a patient for one whom "he" or "she" could be; "doctor" alone is whom they speak to."""
    found = tokens(text)
    if any(token.text in _HE["male" if sex == "female" else "female"] for token in found):
        return False  # "your nurse rang, she says": the nurse is no "he"
    said = [match for match in lexicon().talk.find_all(found) if match.key == "somebody"]
    spoken_to = {"doctor", "dr", "nurse", "professor", "god", "lord"} | _ANYBODY
    return bool(_DOER.search(normalise(text))) or any(
        found[match.first].text.removesuffix("'s") not in spoken_to
        or (match.first and found[match.first - 1].text in ("the", "a", "my", "our", "your", "that", "any"))
        for match in said
    )


def _names(text: str, script: PatientScript, known_only: bool = False) -> bool:
    """True where a text names a relative, or anybody by name, who may be of the patient's sex."""
    found, sex = tokens(text), script.patient.sex
    others = _OF_SEX["male" if sex == "female" else "female"]
    people = {match.key for match in lexicon().people.find_all(found) if _is_one(found[match.last - 1].text)}
    if people - others - {"household", "family"}:
        return True
    of_others = _names_in(script, sex)
    own = set(normalise(script.patient.name).split())
    things = {place for match in lexicon().concepts.find(found) for place in range(match.first, match.last)}
    return any(
        _is_name(place, found, text, of_others) and found[place].text not in own
        for place in range(len(found))
        if place not in things and (not known_only or found[place].text in of_others)
    )


def _is_one(word: str) -> bool:
    """True for a word for one known person: "friends" are no "he"."""
    return word not in _ANYBODY and (not word.endswith("s") or word.endswith(("'s", "ss")) or word in _ONE_WITH_S)


def _names_in(script: PatientScript, sex: str) -> dict[str, bool]:
    """The names that the facts tell, and whether they may be of somebody of a sex."""
    others, found = _OF_SEX["male" if sex == "female" else "female"], {}
    for item in index_of(script).views:
        may_be = not item.people or bool(item.people - others)
        for name in item.names:
            found[name.lower()] = found.get(name.lower(), True) and may_be
    return found


def _is_name(place: int, found: Sequence[Token], text: str, known: dict[str, bool]) -> bool:
    token = found[place]
    if not text[token.start].isupper() or token.text in _CALENDAR or not known.get(token.text, True):
        return False
    opens = not place or found[place - 1].sentence != token.sentence
    follow = found[place + 1].text if place + 1 < len(found) else ""
    if token.text not in known and not opens and found[place - 1].text in _OF_PLACES:
        return False
    does = token.text not in words().stop_words and not token.text.endswith("ing")
    acts = does and re.fullmatch(_ACTS, follow)  # "Ana says"
    return token.text in known or not opens or bool(acts)
