"""The facts that the clues of a question point at most strongly, and those of further things that it names."""

from collections.abc import Iterable

from medsim.match.beside import THINGS, beside
from medsim.match.clue import THOUGHTS, Clue
from medsim.match.clues import OF_LIKE, OF_SUBJECT, WIDER, clues, names_other
from medsim.match.context import Context
from medsim.match.details import asks_course, refers_back, wanted_details
from medsim.match.index import Index
from medsim.match.lexicon import TopicCue, lexicon
from medsim.match.questions import Query
from medsim.match.text import normalise, word_set
from medsim.match.view import View

ENOUGH = 1.2  # a fact with less is not asked for
ENOUGH_FURTHER = 1.5  # ... as a further thing beside another
ENOUGH_WORDS = 1.2  # ... by the question's own words, unless it points back
ENOUGH_BESIDE_ABSENT = 2.4  # ... where the question names a thing that the script lacks
MARGIN = 0.3  # facts so near to the best are asked for too
MOST_BY_WORDS = 2.4  # all loose words together
MOST = 0.7  # a fact answers for a clue that points at it nearly as strongly as at any

_NEAR_FOR = 2  # "for your blood pressure"
_JOINING = word_set("and or nor plus also")
_IN_PASSING = word_set("work living family mood perinatal appetite_weight")  # their words stand in other questions too
_CAUSES = word_set("aggravating relieving circumstances")
_AT_FIRST = word_set("first start started begin began originally initially")
_NOW = word_set("now today currently")
_EXAMPLES = word_set("like such say example")


def weigh(query: Query, context: Context, index: Index, told: Iterable[str], *, only_named: bool) -> list[View]:
    """The facts that a sentence asks for, best first; none of `told`.

    `only_named`: by the things that it names, not by loose words.
    """
    found = clues(query, index, only_named=only_named)
    for clue in found:
        clue.weights = {name: weight for name, weight in clue.weights.items() if name not in told}
    pointed_at = _pointed_at(found, index)
    own = {item.id: _sum(item.id, found) for item in index.views if item.id in pointed_at}
    scores = {name: score + beside(index.by_id[name], query, found, context, index)
              for name, score in own.items() if score > 0}  # fmt: skip
    best = _untold(_of_its_time(_best(scores), query, index), query, context)
    if not best or not _suffices(best, query, found, scores, own, index):
        return []
    picked = list(best)
    done = {place for name in best for place in _answered(name, found, index)}
    for clue in found:
        gone = clue.places & done if clue.kind == "topic" else clue.places <= done
        if not clue.names_thing or gone or not clue.weights:
            continue
        if clue.kind == "topic" and clue.key[0] in _IN_PASSING and THOUGHTS & set(query.topics):
            continue  # "anything weighing on you, at home or at work?"
        if clue.kind in THINGS and query.treats and _is_purpose(query, clue):
            continue  # "what do you take for the diabetes?"
        if clue.kind == "topic" and not _is_joined(query, clue, done, by_word=clue.key[0] in _IN_PASSING):
            continue
        left = [other for other in found if other is clue or not other.places & done]
        more = {name: _sum(name, left) for name, weight in clue.weights.items() if weight > WIDER and name in own}
        further = _best(more) if more else []
        if not further or more[further[0]] < ENOUGH_FURTHER:
            continue
        is_subject = not set(further).isdisjoint(index.complaints)
        if wanted_details(query) and (is_subject or not _is_joined(query, clue, done)):
            continue  # "does the pain get worse with the cough?"
        if is_subject and not _is_joined(query, clue, done, by_word=True):
            continue  # "any vomiting with the headaches?"
        picked += further
        done |= {place for name in further for place in _answered(name, found, index)}
    places = {name: min(_answered(name, found, index), default=0) for name in picked}
    return [index.by_id[name] for name in sorted(picked, key=places.__getitem__)]


def _pointed_at(found: list[Clue], index: Index) -> set[str]:
    """The facts that something points at, and not only as details of what is named."""
    words = {clue.key for clue in found if clue.kind == "word"}
    names = {item.id for item in index.views if not words.isdisjoint(item.stems)}
    for clue in found:
        if clue.kind != "word":
            of_root = (OF_SUBJECT, OF_LIKE) if clue.kind in THINGS else ()
            names.update(name for name, weight in clue.weights.items() if weight not in of_root)
    return names


def _sum(name: str, found: list[Clue]) -> float:
    """What the clues for a fact come to: no word counts twice, the strongest reading of it first."""
    taken: set[int] = set()
    fixed: set[int] = set()  # those whose words say nothing further
    topics: set[str] = set()
    total = by_words = 0.0
    for clue in sorted((clue for clue in found if name in clue.weights), key=lambda clue: -clue.weights[name]):
        shared = len(clue.places & taken)
        topic = clue.kind in ("topic", "detail") and clue.key[0]
        if topic and topic in topics:
            continue
        topics.add(topic)
        if clue.places & fixed if clue.kind == "word" else 2 * shared > len(clue.places):
            continue
        by_words += clue.weights[name] if clue.kind == "word" else 0
        total += clue.weights[name] if clue.kind != "word" else 0
        taken |= clue.places
        fixed |= clue.places if clue.kind not in ("topic", "detail") else set()
    return total + min(by_words, MOST_BY_WORDS)


def _is_purpose(query: Query, clue: Clue) -> bool:
    return any(token.text == "for" for token in query.tokens[: min(clue.places)][-_NEAR_FOR:])


def _best(scores: dict[str, float]) -> list[str]:
    top = max(scores.values(), default=0)
    near = [name for name, score in scores.items() if score >= top - MARGIN]
    return sorted(near, key=lambda name: -scores[name])


def _of_its_time(best: list[str], query: Query, index: Index) -> list[str]:
    """ "Where did it start?", "and where is it now?": of facts that fit alike, those that speak of that time."""
    texts = {token.text for token in query.tokens}
    time = _AT_FIRST if texts & _AT_FIRST else _NOW if texts & _NOW else frozenset()
    left = [name for name in best if time & set(normalise(index.by_id[name].fact.say).replace(",", "").split())]
    return left if left and query.form == "wh" else best


def _untold(best: list[str], query: Query, context: Context) -> list[str]:
    """ "Where did it start?" ... "And where is it now?": of facts that fit alike, those not told yet."""
    left = [name for name in best if name not in context.told]
    return left if left and not query.summed else best


def _suffices(
    best: list[str],
    query: Query,
    found: list[Clue],
    scores: dict[str, float],
    own: dict[str, float],
    index: Index,
) -> bool:
    top = scores[best[0]]
    if top < ENOUGH or (own[best[0]] < ENOUGH_WORDS and not refers_back(query)):
        return False
    mine = [clue for clue in found if any(name in clue.weights for name in best)]
    meant = {place for clue in mine if clue.kind in ("detail", "value") for place in clue.places}
    absent = [clue for clue in found if not clue.weights and not clue.places <= meant and (
              clue.kind == "function" or clue.kind == "concept" and clue.key not in lexicon().generic)]  # fmt: skip
    weak = top < ENOUGH_BESIDE_ABSENT or any(isinstance(clue.key, TopicCue) for clue in mine)
    if absent and weak and not any(_stands(clue, absent, query) for clue in mine):
        return False
    wanted = wanted_details(query)
    of_values = bool(wanted) and all(kind for _, kind in wanted) and ("timing", "last") not in wanted
    if not of_values or (query.form != "wh" and not asks_course(query)):
        return True  # "when did you last have a scan?": the fact of the scan may say so
    return any(clue.kind in ("detail", "topic") or (query.form != "wh" and names_other(clue, index)) for clue in mine)


def _stands(clue: Clue, absent: Iterable[Clue], query: Query) -> bool:
    """Whether a clue holds beside a thing that the script lacks: "any illnesses like asthma?" asks for no others."""
    if clue.kind in THINGS:
        return True
    if clue.kind == "detail":  # not "since when have you had epilepsy?", but "how long did the shaking last?"
        other_words = all(lexicon().kinds.get(one.key) in (None, "symptoms", "habits") for one in absent)
        return isinstance(clue.key, TopicCue) and (other_words or clue.key.topic in _CAUSES)
    is_list = clue.kind == "topic" and clue.key.topic in lexicon().lists
    return clue.kind == "topic" and (not is_list or any(_is_joined(query, other, clue.places) for other in absent))


def _answered(name: str, found: list[Clue], index: Index) -> set[int]:
    """The words that a fact answers for: where it is as good as any, or a detail of what is named."""
    root = index.root[name]
    named = {place for clue in found if clue.kind in THINGS for place in clue.places}
    return {
        place
        for clue in found
        if name in clue.weights
        and not (clue.kind == "word" and clue.places <= named)
        and (clue.weights[name] >= MOST * max(clue.weights.values()) or (root != name and root in clue.weights))
        for place in clue.places
    }


def _is_joined(query: Query, clue: Clue, done: set[int], *, by_word: bool = False) -> bool:
    """ "Any allergies or other illnesses?" asks for both: a joining word, or else a comma, stands between."""
    before = [place for place in done if place < min(clue.places)]
    after = [place for place in done if place > max(clue.places)]
    return (bool(before) and _joins(query, max(before), min(clue.places), by_word)) or (
        bool(after) and _joins(query, max(clue.places), min(after), by_word)
    )


def _joins(query: Query, first: int, last: int, by_word: bool) -> bool:
    tokens = query.tokens
    if last >= len(tokens):
        return False
    start = tokens[0].start
    between = query.text[tokens[first].end - start : tokens[last].start - start]
    texts = {token.text for token in tokens[first + 1 : last]}
    return not texts & _EXAMPLES and bool(texts & _JOINING or (not by_word and {",", "/", "&"} & set(between)))
