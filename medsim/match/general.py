"""Facts of the topics that are no detail of another: medication, work, living, identity."""

from medsim.match.index import Index, View
from medsim.match.lexicon import lexicon
from medsim.match.questions import Query
from medsim.match.text import word_set

_IDENTITY_WORDS = {
    "patient-name": frozenset(("name", "call", "called", "who")),
    "patient-age": frozenset(("old", "age")),
    "patient-born": frozenset(("birth", "born", "birthday", "dob")),
    "patient-sex": frozenset(("sex", "gender")),
    "patient-occupation": frozenset(("job", "occupation", "living")),
}
_TOPIC_STEMS = word_set("medicin medication tablet pill famili home work live sleep drink smok worri")


def is_own(item: View) -> bool:
    """True for what is so of the patient, or of their home, and not of a relative's health."""
    return item.fact.who in ("patient", "speaker") or item.fact.topic not in ("family", "history")


def general_views(topic: str, query: Query, index: Index) -> list[View]:
    """The facts that a question for a topic asks for: what is so before what is not, what its words touch first."""
    if topic == "identity":
        return _identity(query, index)
    views = index.by_topic.get(topic, [])
    if topic == "work" and not views:
        return [item for item in index.by_topic["identity"] if item.id == "patient-occupation"]
    if not views:
        near = [item for other in lexicon().near.get(topic, ()) for item in index.by_topic.get(other, ())]
        return [item for item in near if item.stems & query.stems - _TOPIC_STEMS]
    affirmed = [item for item in views if not item.denied]
    if topic in ("history", "associated", "past_tests") and not affirmed:
        return []
    touched = [item for item in affirmed if _family_stems(item, index) & query.stems - _TOPIC_STEMS]
    views = touched or affirmed or views
    return [item for item in views if item.fact.about is None] or views


def _family_stems(item: View, index: Index) -> frozenset[str]:
    return frozenset().union(*(other.stems for other in index.family(item.id)))


def _identity(query: Query, index: Index) -> list[View]:
    words = {token.text for token in query.tokens}
    views = index.by_topic["identity"]
    found = [item for item in views if words & _IDENTITY_WORDS.get(item.id, frozenset())]
    speakers = [item for item in views if item.id == "speaker-name"]
    relation_asked = {"you", "are"} <= words and not {"old", "age"} & words
    if speakers and (
        not found or relation_asked or ("your" in words and [item.id for item in found] == ["patient-name"])
    ):
        return speakers
    return found
