"""The facts that the clues of a question point at most strongly, and those of further things that it names."""

from collections.abc import Iterable

from medsim.match.clues import CASE, OF_LIKE, OF_SUBJECT, THOUGHTS, TOPIC, WIDER, Clue, clues, names_other
from medsim.match.context import Context
from medsim.match.details import asks_course, refers_back, wanted_details
from medsim.match.index import Index, View
from medsim.match.lexicon import TopicCue, lexicon
from medsim.match.questions import Query
from medsim.match.text import word_set

# What speaks for a fact beside the question's own words.
AT_HAND = (1.4, 0.84, 0.49, 0.28)  # a detail of what was spoken of last, before that, ...
IN_PART = 0.6  # the part of it that is left where a detail is asked for in more words
IN_PASSING = 0.4  # the part of it that is left where it leans still less on what was said
STILL = 3.2  # it was asked for just now and has a value of the kind now asked for, as none of its details
AGAIN = 0.9  # it was asked for just now, and the question only points back
ONLY_THERE = -1.5  # a complaint or another thing named, where a detail of it is asked for
ELSEWHERE = -0.8  # a detail, where the question names a thing that it is no detail of
BESIDE = -1.0  # a complaint, where something else is named too ("any vomiting with the headaches?")
AWAY = -2.5  # a detail, where the question points back to something else that was just spoken of
DEEPER = -0.4  # a detail of a detail
OTHERS = -0.4  # it is about somebody else, whom the question does not name
NOT_SO = -0.6  # it denies, and the question takes for granted ("what made it start?")

ENOUGH = 1.5  # a fact with less is not asked for
ENOUGH_WORDS = 1.2  # ... by the question's own words, unless it points back
ENOUGH_BESIDE_ABSENT = 2.4  # ... where the question names a thing that the script lacks
MARGIN = 0.3  # facts so near to the best are asked for too
MOST_BY_WORDS = 2.4  # all loose words together
MOST = 0.7  # a fact answers for a clue that points at it nearly as strongly as at any

_NEAR_FOR = 2  # "for your blood pressure"
_THINGS = ("concept", "function")
_JOINING = word_set("and or nor plus also")
_IN_PASSING = word_set("work living family mood perinatal appetite_weight")  # their words stand in other questions too
_CAUSES = word_set("aggravating relieving circumstances")
_OTHERS = word_set("anyone anybody everyone everybody others someone somebody contacts")
_HOME = word_set("living support")
_EXAMPLES = word_set("like such say example")


def weigh(query: Query, context: Context, index: Index, told: Iterable[str], *, only_named: bool) -> list[View]:
    """The facts that a sentence asks for, best first; none of `told`.

    `only_named`: by the things that it names, not by loose words.
    """
    found = clues(query, index, only_named=only_named)
    for clue in found:
        clue.weights = {name: weight for name, weight in clue.weights.items() if name not in told}
    own = {item.id: _sum(item.id, found) for item in index.views if _is_pointed_at(item, found)}
    scores = {name: score + _beside(index.by_id[name], query, found, context, index)
              for name, score in own.items() if score > 0}  # fmt: skip
    best = _untold(_best(scores), query, context)
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
        if clue.kind in _THINGS and query.treats and _is_purpose(query, clue):
            continue  # "what do you take for the diabetes?"
        if clue.kind == "topic" and not _is_joined(query, clue, done, by_word=clue.key[0] in _IN_PASSING):
            continue
        left = [other for other in found if other is clue or not other.places & done]
        more = {name: _sum(name, left) for name, weight in clue.weights.items() if weight > WIDER and name in own}
        further = _best(more) if more else []
        if not further or more[further[0]] < ENOUGH:
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


def _is_pointed_at(item: View, found: list[Clue]) -> bool:
    """False for a detail of what is named, where nothing else points at it."""
    mine = [clue for clue in found if item.id in clue.weights and clue.kind != "word"]
    of_root = [clue for clue in mine if clue.kind in _THINGS and clue.weights[item.id] in (OF_SUBJECT, OF_LIKE)]
    words = any(clue.kind == "word" and item.stems & {clue.key} for clue in found)
    return words or len(mine) > len(of_root)


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


def _beside(item: View, query: Query, found: list[Clue], context: Context, index: Index) -> float:
    """What speaks for or against a fact beside the words of the question."""
    wanted, back = bool(wanted_details(query)), refers_back(query)
    mine = [clue for clue in found if item.id in clue.weights]
    root = index.root[item.id]
    things = [clue for clue in found if clue.kind in _THINGS and clue.key != "pain"
              and (clue.weights or clue.key not in lexicon().generic)]  # fmt: skip
    mine_named = any(clue.kind in _THINGS for clue in mine)
    weight = 0.0
    if item.fact.about is not None or item.fact.topic in lexicon().details:
        topics = any(clue.kind == "topic" for clue in found)
        if any(clue.kind != "topic" for clue in mine) and not _has_subject(found, index) and (wanted or not topics):
            families = _families(context, index, back)
            rank = families.get(root, len(AT_HAND))
            at_hand = AT_HAND[rank] if rank < len(AT_HAND) else AWAY if len(families) == 1 else 0
            weight += at_hand * (IN_PASSING if things or not (wanted or back) else 1 if back else IN_PART)
        if not mine_named and any(clue.weights for clue in things):
            weight += ELSEWHERE
        if item.fact.about not in (None, root):
            weight += DEEPER
    if back and context.specific and item.id in context.facts:
        kept = wanted and any(clue.kind == "detail" for clue in mine) and not _has_detail(root, found, index)
        named = any(clue.names_thing and clue.weights for clue in found)
        weight += STILL if kept else 0 if wanted or named else AGAIN
    elif (
        wanted
        and root == item.id
        and (
            item.id in index.complaints
            or (mine_named and (_has_detail(root, found, index) or _is_treated(item, query)))
        )
    ):
        weight += ONLY_THERE
    if item.id in index.complaints and any(names_other(clue, index) for clue in things):
        weight += BESIDE
    if not (item.is_of_patient or item.fact.topic in _HOME or query.people):
        weight += -OTHERS if _OTHERS & {token.text for token in query.tokens} else OTHERS
    said = any(clue.kind == "detail" or (clue.kind in _THINGS and clue.weights[item.id] >= CASE) for clue in mine)
    if item.denied and wanted and (query.form == "wh" or not said):
        weight += NOT_SO
    return weight


def _is_treated(item: View, query: Query) -> bool:
    """ "Have you given him anything for the fever?": the treatment is asked for, not the fever."""
    return "tried_treatment" in query.topics and item.fact.topic not in ("medication", "tried_treatment")


def _is_purpose(query: Query, clue: Clue) -> bool:
    return any(token.text == "for" for token in query.tokens[: min(clue.places)][-_NEAR_FOR:])


def _has_detail(root: str, found: list[Clue], index: Index) -> bool:
    """Whether something is told of a thing that a detail clue asks for."""
    return any(
        clue.kind == "detail" and clue.weights.get(item.id, 0) >= TOPIC and item.id != root
        for clue in found
        for item in index.families[root]
    )


def _has_subject(found: list[Clue], index: Index) -> bool:
    """Whether the question names the thing whose detail it asks for."""
    return any(
        (clue.kind in _THINGS and clue.key != "pain" or clue.kind == "value" and clue.key[0] == "site")
        and any(index.root[name] == name and not index.by_id[name].denied for name in clue.weights)
        for clue in found
    )  # fmt: skip


def _families(context: Context, index: Index, back: bool) -> dict[str, int]:
    """The families spoken of, the latest first, then the complaints; only one where the question points back to it."""
    asked = [index.root[name] for name in context.facts] if context.specific else []
    asked = [name for name in asked if not index.by_id[name].denied][:1]
    if back and asked and is_apart(asked[0], index):
        return {asked[0]: 0}
    return {name: rank for rank, name in enumerate(dict.fromkeys([*asked, *context.families, *index.complaints]))}


def is_apart(name: str, index: Index) -> bool:
    """True for a fact that is no complaint and nothing that goes with one: a medicine, a habit."""
    root = index.by_id[index.root[name]]
    return not root.denied and root.fact.topic not in ("complaint", "associated", *lexicon().details)


def _best(scores: dict[str, float]) -> list[str]:
    top = max(scores.values(), default=0)
    near = [name for name, score in scores.items() if score >= top - MARGIN]
    return sorted(near, key=lambda name: -scores[name])


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
    if clue.kind in _THINGS:
        return True
    if clue.kind == "detail":  # not "since when have you had epilepsy?", but "how long did the shaking last?"
        other_words = all(lexicon().kinds.get(one.key) in (None, "symptoms", "habits") for one in absent)
        return isinstance(clue.key, TopicCue) and (other_words or clue.key.topic in _CAUSES)
    is_list = clue.kind == "topic" and clue.key.topic in lexicon().lists
    return clue.kind == "topic" and (not is_list or any(_is_joined(query, other, clue.places) for other in absent))


def _answered(name: str, found: list[Clue], index: Index) -> set[int]:
    """The words that a fact answers for: where it is as good as any, or a detail of what is named."""
    root = index.root[name]
    named = {place for clue in found if clue.kind in _THINGS for place in clue.places}
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
