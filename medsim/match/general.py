"""Facts of the topics that are no detail of another (medication, work, living, identity), and those of relatives."""

from dataclasses import replace

from medsim.match.context import Context
from medsim.match.index import Index
from medsim.match.lexicon import lexicon
from medsim.match.questions import Query
from medsim.match.said_of import WITNESSES
from medsim.match.text import word_set
from medsim.match.view import View

_IDENTITY_WORDS = {
    "patient-name": frozenset(("name", "call", "called", "who")),
    "patient-age": frozenset(("old", "age")),
    "patient-born": frozenset(("birth", "born", "birthday", "dob")),
    "patient-sex": frozenset(("sex", "gender")),
    "patient-occupation": frozenset(("job", "occupation", "living")),
}
_PAST = word_set("was were did when since")
_NOT_THEIRS = word_set("living support safeguarding concerns ideas biography perinatal")
_OTHER_PARENT = {"mother": "father", "father": "mother"}  # a mother's husband is the child's father
_PARENT = {"female": "mother", "male": "father"}
_PATIENT_TO = {  # what the patient is to the one who speaks, and by sex
    "daughter": ("parents", _PARENT), "son": ("parents", _PARENT), "wife": ("partner", {}), "husband": ("partner", {}),
    "partner": ("partner", {}), "brother": ("siblings", {}), "sister": ("siblings", {}),
}  # fmt: skip
_PATIENTS_OWN = word_set("you it this that")
_THEY = word_set("he she him her his hers")
_HABITS = frozenset(("smoking", "alcohol", "recreational_drugs"))


def is_own(item: View) -> bool:
    """True for what is so of the patient, or of their home, and not of a relative's health."""
    return item.fact.who in ("patient", "speaker") or item.fact.topic not in ("family", "history")


def without_patient(query: Query, index: Index) -> Query:
    """ "How is your mum?" to a daughter is about the patient: the sentence without that person, and the family."""
    speaker, sex = index.script.speaker.relation, index.script.patient.sex
    if not query.people or speaker not in _PATIENT_TO:
        return query
    group, by_sex = _PATIENT_TO[speaker]
    called = by_sex.get(sex, group) if by_sex else group
    named = lexicon().people.find(query.tokens)
    theirs = [match for match in named
              if lexicon().related(f"person:{match.key}", f"person:{called}") and match.key != "parents"
              and not (match.first and query.tokens[match.first - 1].text in ("his", "her"))]  # fmt: skip
    if not theirs:
        return query
    family = [cue for cue in query.cues if cue.key.topic == "family"
              and any(match.first < cue.last and cue.first < match.last for match in theirs)]  # fmt: skip
    cues = tuple(cue for cue in query.cues if cue not in family)
    return replace(query, people=tuple(m.key for m in named if m not in theirs), cues=cues)


def with_relative(query: Query, context: Context, index: Index) -> Query:
    """ "How old was she then?" after "my sister had it": the question with the relative just spoken of."""
    if index.script.speaker.relation != "self" or query.people or not context.facts or not _is_subject(query):
        return query
    if _THEY.isdisjoint(token.text for token in query.tokens):
        return query
    theirs = [index.by_id[name].fact.who for name in context.facts if not index.by_id[name].is_of_patient]
    return replace(query, people=(theirs[0],)) if theirs and theirs[0] != "family" else query


def person_asked(query: Query, index: Index) -> str:
    """Whom a question is about: a relative, the household, or the patient."""
    words, speaker = lexicon(), index.script.speaker.relation
    topics = set(query.topics)
    people = [person for person in query.people if person != speaker]
    if speaker != "self":
        people = [person for person in people if not words.same_person(person, "children")]
        if _asks_speaker(query):
            return speaker
        people = [_OTHER_PARENT.get(speaker, who) if words.same_person(who, "partner") else who for who in people]
    if topics & _NOT_THEIRS or ("identity" in topics and not (people and _is_subject(query))):
        return "patient"
    for person in people:
        if words.is_relative(person) or person == "household" or (person != "friend" and _is_subject(query)):
            return person
    return "family" if "family" in topics else "patient"


def _is_subject(query: Query) -> bool:
    """ "Has your husband had a fever?", but not "has your husband noticed any swelling?"."""
    return not any(token.text in _PATIENTS_OWN or token.stem in WITNESSES for token in query.tokens)


def _asks_speaker(query: Query) -> bool:
    """ "Do you smoke?" asks a mother for her own habits, "do any of you smoke?" for those of the household."""
    before = [[token.text for token in query.tokens[: match.first]] for match in query.concepts
              if lexicon().wider(match.key) & _HABITS]  # fmt: skip
    return any("you" in texts[-2:] and "of" not in texts for texts in before)


def of_person(
    query: Query, context: Context, index: Index, who: str, topics: list[str]
) -> tuple[list[View], list[str]]:
    """The facts about somebody else, and the concepts carried over from the question before."""
    about = [item for item in index.views if _is_theirs(item, who)]
    named = [match.key for match in query.concepts if match.key not in lexicon().generic]
    concepts = named or [min(lexicon().problems[m.key][0]) for m in query.functions]
    carried = []
    others = [topic for topic in topics if topic not in ("family", "history", *lexicon().details)]
    if not concepts and not others and context.who != "patient" and len(query.tokens) <= 4:
        carried = concepts = list(context.concepts)  # "Any heart trouble in the family?" ... "And your mother?"
    homes = _where_they_are(query, who, index)
    if homes and not concepts:
        about = homes
    elif concepts:
        about = [item for item in about if any(item.is_case_of(concept) for concept in concepts)]
    elif "name" in {token.text for token in query.tokens}:
        about = [item for item in about if item.names]
    elif "identity" in others:
        about = [item for item in about if any(quantity.kind == "age" for quantity in item.quantities)]
    elif others:
        about = [item for item in about if item.fact.topic in others]
    elif who == "family":  # the list of what relatives have, not who lives where
        about = [item for item in index.by_topic.get("family", about) if not item.denied] or about
    return about, carried


def _where_they_are(query: Query, who: str, index: Index) -> list[View]:
    """ "Where is his mother today?": what the script says of the home and of help in which she is named."""
    if "where" not in {token.text for token in query.tokens}:
        return []
    views = [item for topic in ("living", "support") for item in index.by_topic.get(topic, ())]
    return [item for item in views if any(_is_called(person, who, index) for person in item.people)]


def _is_called(person: str, who: str, index: Index) -> bool:
    """A father's "my wife" is the mother whom the doctor asks for."""
    if lexicon().same_person(person, "partner"):
        person = _OTHER_PARENT.get(index.script.speaker.relation, person)
    return lexicon().same_person(person, who)


def _is_theirs(item: View, who: str) -> bool:
    return not item.is_of_patient and (who == "household" or lexicon().same_person(item.fact.who, who))


def used_for(query: Query, medicines: list[View]) -> list[View]:
    """ "What do you take for your bladder?", "your bladder tablets": the medicines for what it names."""
    words = lexicon()
    named = {match.first for match in query.cues if match.key.topic == "medication"}
    before = any(match.last in named for match in query.concepts)
    if not (before or query.functions or "for" in {token.text for token in query.tokens}):
        return []
    purposes = {match.key for match in query.concepts}
    for match in query.functions:
        purposes |= words.problems[match.key][0]
    return [item for item in medicines
            if any(words.related(use, purpose) for own in item.wide for use in (words.uses.get(own),) if use
                   for purpose in purposes)]  # fmt: skip


def identity_views(query: Query, index: Index) -> list[View]:
    words = {token.text for token in query.tokens}
    views = index.by_topic["identity"]
    found = [item for item in views if words & _IDENTITY_WORDS.get(item.id, frozenset())]
    if words & _PAST and [item.id for item in found] == ["patient-age"]:
        return []  # "how old were you when it started?"
    speakers = [item for item in views if item.id == "speaker-name"]
    relation_asked = {"you", "are"} <= words and not {"old", "age"} & words or {"who", "i"} <= words
    if speakers and (
        not found or relation_asked or (_names_speaker(query) and [item.id for item in found] == ["patient-name"])
    ):
        return speakers
    return found


def _names_speaker(query: Query) -> bool:
    """ "Your name?", but not "your husband's name?"."""
    people = {match.first for match in lexicon().people.find(query.tokens)}
    return any(token.text == "your" and place + 1 not in people for place, token in enumerate(query.tokens))
