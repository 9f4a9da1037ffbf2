"""Questions about the patient's relatives and household."""

from medsim.match.context import Context
from medsim.match.index import Index, View
from medsim.match.lexicon import lexicon
from medsim.match.questions import Query
from medsim.match.text import word_set

RELATIVES = word_set("father mother brother sister siblings parents grandfather grandmother uncle aunt cousin family")
_MEMBERS = {
    "family": RELATIVES,
    "parents": frozenset(("father", "mother")),
    "siblings": frozenset(("brother", "sister")),
}
_CHILDREN = frozenset(("son", "daughter", "baby", "children"))
_NOT_THEIRS = word_set("living support safeguarding concerns ideas identity biography perinatal")


def relative_of(query: Query, index: Index) -> str:
    """Whom a question is about: a relative, the household, or the patient."""
    speaker = index.script.speaker.relation
    topics = {match.key.partition(".")[0] for match in query.topics}
    if topics & _NOT_THEIRS:
        return "patient"
    people = [person for person in query.people if person != speaker]
    if speaker != "self":
        people = [person for person in people if person not in _CHILDREN]
    people = [person for person in people if person in RELATIVES or person == "household"]
    return people[0] if people else "family" if "family" in topics else "patient"


def relatives(
    query: Query, context: Context, index: Index, who: str, topics: list[str]
) -> tuple[list[View], list[str]]:
    """The facts about these relatives, and the concepts carried over from the question before."""
    about = [item for item in index.views if _is_about(item, who)]
    named = [match.key for match in query.concepts if match.key not in lexicon().generic]
    concepts = named or [min(lexicon().problems[m.key][0]) for m in query.functions]
    carried = []
    others = [topic for topic in topics if topic not in ("family", "history")]
    if not concepts and not others and context.who != "patient" and len(query.tokens) <= 4:
        carried = concepts = list(context.concepts)  # "Any heart trouble in the family?" ... "And your mother?"
    if concepts:
        about = [item for item in about if any(item.is_case_of(concept) for concept in concepts)]
    elif others:
        about = [item for item in about if item.fact.topic in others] or [
            item for topic in others for item in index.by_topic.get(topic, ()) if who in RELATIVES
        ]
    return about, carried


def _is_about(item: View, who: str) -> bool:
    own = item.fact.who
    if who == "household":
        return own not in ("patient", "speaker")
    return own == who or own in _MEMBERS.get(who, ()) or who in _MEMBERS.get(own, ())
