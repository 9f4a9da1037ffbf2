"""Which facts a detail that a question names points at: what stands under its topic, or tells it by the way."""

from medsim.match.details import COURSE, has_speed, of_kind
from medsim.match.index import Index, kept_with_index
from medsim.match.lexicon import lexicon
from medsim.match.text import word_set

TOPIC = 2.0  # it stands under the topic named
NEAR = 0.7  # it stands under a near topic
NEAR_ONLY = 1.6  # ... and the script has nothing under the topic itself
KIND = 1.1  # it has a value of the kind asked for
IMPLIED = 1.7  # the thing itself tells it, and no detail of it does
NO_KIND = -0.9  # it has none
UNREAD = -0.3  # ... that could be read, though its topic has no other kind
UNDER = -0.6  # it is a detail of another fact of the topic

_THINGS = word_set("complaint associated history")
_IMPLIED = {  # a detail that a thing can tell by itself -> groups of values and kinds of quantities that tell it
    "location": (("side", "site"), ()), "onset": ((), ("duration", "date", "weekday", "month", "year", "age")),
    "character": (("character", "colour", "moisture"), ()), "severity": ((), ("score",)),
}  # fmt: skip


@kept_with_index
def of_detail(index: Index, topic: str, kind: str | None) -> dict[str, float]:
    if kind == "speed":
        return {item.id: TOPIC + KIND for item in index.views if has_speed(item)}
    near = lexicon().near.get(topic, ())
    of_near = NEAR if index.by_topic.get(topic) else NEAR_ONLY
    weights = {}
    for item in index.views:
        own = item.fact.topic
        weight = TOPIC if own == topic else of_near if own in near else 0
        if topic == "character" and has_speed(item):
            weight = 0  # "is it sharp?" asks for no sudden onset
        if weight == TOPIC and item.fact.about and index.by_id[item.fact.about].fact.topic == topic:
            weight += UNDER
        if kind and item.id in _fitting(index, index.root[item.id], own, kind):
            weight += KIND if weight or own not in lexicon().details else KIND / 2
            weight += NEAR_ONLY if item.fact.about and own not in lexicon().details else 0
        elif kind and weight:
            weight = 0 if kind in COURSE else weight + (NO_KIND if own == "timing" else UNREAD)
        elif not weight and implies(index, item.id, topic):
            weight = IMPLIED
        if weight > 0:
            weights[item.id] = weight
    return weights


def implies(index: Index, name: str, topic: str) -> bool:
    """Whether a thing itself tells what no detail of it does: "I've a pain below my ribs"."""
    item = index.by_id[name]
    if item.fact.about or item.denied or topic not in _IMPLIED or item.fact.topic not in _THINGS:
        return False
    groups, kinds = _IMPLIED[topic]
    told = any(group in groups for group, _ in item.values) or any(one.kind in kinds for one in item.quantities)
    return told and all(other.fact.topic != topic for other in index.families[name])


def _fitting(index: Index, root: str, topic: str, kind: str) -> frozenset[str]:
    """The facts of one family and topic that have a value of a kind."""
    return frozenset(item.id for item in of_kind([x for x in index.families[root] if x.fact.topic == topic], kind))
