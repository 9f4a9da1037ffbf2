"""What the doctor's last turn asks for."""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from medsim.dialogue import Dialogue, Script
from medsim.match.context import Context, after_reply
from medsim.match.form import insists, is_put_plainly
from medsim.match.index import Index, index_of
from medsim.match.lexicon import lexicon
from medsim.match.manner import cares, manner_of
from medsim.match.preamble import kept_back, with_preamble
from medsim.match.questions import Query, read_turn
from medsim.match.resolve import Wanted, concept_views, resolve
from medsim.match.text import normalise, word_set
from medsim.match.types import Ask, Form

_NOTHING = Context()


class Reading(NamedTuple):
    """A doctor's turn as understood, and the context that it leaves."""

    ask: Ask
    context: Context


def asked(dialogue: Dialogue, script: Script) -> Ask:
    """What the doctor asks in the last doctor turn of a dialogue.

    A script that is bare text has no facts: then only topics, concepts, form and manner are found.
    """
    asks = readings(dialogue, script)
    return asks[max(asks)] if asks else Ask()


def readings(dialogue: Dialogue, script: Script) -> dict[int, Ask]:
    """What each doctor turn asks, by its index. Each depends on the turns up to it alone."""
    asks: dict[int, Ask] = {}
    context = Context()
    for number, message in enumerate(dialogue):
        if message.role == "doctor":
            asks[number], context = read(message.content, context, script)
        else:
            context = after(message.content, context, script)
    return asks


def read(question: str, context: Context, script: Script) -> Reading:
    """A doctor's turn as understood after what has been said, and the context that it leaves."""
    return _read(question, context, None if isinstance(script, str) else index_of(script))


def after(reply: str, context: Context, script: Script) -> Context:
    """The context after a patient's turn."""
    return context if isinstance(script, str) else _after(context, reply, index_of(script))


@lru_cache(maxsize=2048)
def _after(context: Context, reply: str, index: Index) -> Context:
    return after_reply(context, reply, index)


@lru_cache(maxsize=2048)
def _read(text: str, context: Context, index: Index | None) -> Reading:
    queries = read_turn(text)
    if index is None:
        return Reading(_plain(text, queries, context), context)
    pairs: list[tuple[Query, Wanted]] = []
    inner = context
    for number, query in enumerate(queries):
        whole = with_preamble(query, queries[:number], index)
        taken_up, query = bool(whole.concepts) and not query.concepts, whole
        found = _statement(query, index) if not query.asks else resolve(query, inner, index)
        if taken_up and cares(queries):  # "What have people told you of morphine? I ask because it may matter."
            found.add([index.by_id[name] for name in index.lock if _is_kept_back(name, query, index)], specific=True)
        if insists(normalise(query.text)) and not any(one.asks and one is not query for one in queries):
            query = replace(query, asks=True, form="yesno", presumes=None)
            found = Wanted(facts=list(context.asked), topics=list(context.topics), specific=True)
        elif query.asks:
            if not found.facts and cares(queries):
                found.add(kept_back(query, queries[:number], found, index), specific=True)
            query = _opened(query, found, inner, index, first=context == _NOTHING)
        pairs.append((query, found))
        inner = _moved(inner, found, index)
    if context == _NOTHING and not any(query.asks and query.form != "social" for query, _ in pairs):
        pairs = [_gathered(query, found, index) for query, found in pairs]
    ask = _joined(text, pairs, context)
    care = cares(queries) and not ask.facts
    topics = ask.topics or context.topics
    last = [found for query, found in pairs if query.asks]
    specific = bool(last) and any(found.specific for found in last)
    return Reading(ask, inner._replace(topics=topics, who=ask.who, specific=specific, care=care, asked=ask.facts))


def _is_kept_back(name: str, query: Query, index: Index) -> bool:
    return bool(index.lock[name]) and any(index.by_id[name].fact.concept == match.key for match in query.concepts)


def _statement(query: Query, index: Index) -> Wanted:
    """What a sentence that asks nothing speaks of: it moves the context."""
    concepts = list(dict.fromkeys(match.key for match in query.concepts))
    views = [item.id for concept in concepts for item in concept_views(concept, index)]
    return Wanted(facts=list(dict.fromkeys(views)), concepts=concepts, specific=bool(views))


def _moved(context: Context, found: Wanted, index: Index) -> Context:
    if not found.facts and not found.concepts:
        return context
    roots = list(dict.fromkeys(index.root[name] for name in found.facts)) if found.specific else []
    roots = [name for name in roots if not index.by_id[name].denied]
    if found.topics == ["identity"]:
        return context  # "And your name is?", "Thank you. When did it start?"
    moved = context.speaking_of(roots)
    return moved._replace(facts=tuple(found.facts), concepts=tuple(found.concepts), specific=found.specific)


def _opened(query: Query, found: Wanted, context: Context, index: Index, *, first: bool) -> Query:
    """The sentence with what it invites: an open one the opening, or more of what is being spoken of.

    `first`: nothing has been said or asked before.
    """
    if "any_questions" in query.talk and query.form != "bait":
        found.facts, found.topics, found.concepts = [], ["other", "concerns"], []
        return query
    if "anything_else" in query.talk and not found.facts and "other" not in found.topics:
        found.topics = ["other", *found.topics]
    if "bait_doctor" in query.talk:
        found.facts = [item.id for item in index.by_topic.get("ideas", ())]
    if "bait_dump" in query.talk:
        found.facts, found.topics = _opening(index), ["complaint"]
        return query
    if query.form not in ("social", "bait") and found.topics == ["complaint"] and not found.facts:
        query = replace(query, form="open")
    elif first and _sets_going(query, found, index):
        query, found.facts, found.topics = replace(query, form="open"), [], []
    named = [name for name in found.facts if name in index.complaints]
    if query.form == "open" and "more" in query.talk and named == found.facts:
        names = named[:1] or context.families[:1] or tuple(index.complaints[:1])
        family = [item for name in names for item in index.families[name] if not item.denied and item.id not in names]
        core = [item.id for item in family if item.fact.topic in _STORY]
        found.facts = core or [item.id for item in family] or list(names)  # more than that it is there
    elif query.form != "open" or found.facts:
        return query
    elif first or not found.topics or "complaint" in found.topics:
        found.facts, found.topics = _opening(index), ["complaint"]
    return query


_STORY = word_set("onset location radiation character severity timing circumstances associated previous_episodes")


def _opening(index: Index) -> list[str]:
    """What the patient tells at first."""
    volunteered = [item.id for item in index.views if item.fact.tell == "volunteer"]
    return list(dict.fromkeys([*index.script.opening.facts, *volunteered]))


def _gathered(query: Query, found: Wanted, index: Index) -> tuple[Query, Wanted]:
    """ "I understand that your back is troublesome." as the first thing said invites the opening."""
    if "gathers" not in query.talk:
        return query, found
    return replace(query, asks=True, form="open"), Wanted(facts=_opening(index), topics=["complaint"])


def _sets_going(query: Query, found: Wanted, index: Index) -> bool:
    """ "Tired all the time, it says?" before anything was said: no more than what the patient comes with."""
    if query.form == "open" and "open" in query.talk:
        return bool(found.facts) and set(found.facts) <= set(_opening(index))
    if query.form == "wh":
        return not found.facts and not found.concepts and not found.topics
    if query.form not in ("yesno", "leading") or is_put_plainly(query.tokens) or query.tokens[0].text == "any":
        return False
    return bool(found.facts) and set(found.facts) <= set(_opening(index))


def _joined(text: str, pairs: list[tuple[Query, Wanted]], context: Context) -> Ask:
    asking = [(query, found) for query, found in pairs if query.asks]
    if not asking:
        return Ask(text=text)
    forms = [query.form for query, _ in asking]
    form = "bait" if "bait" in forms else _last_real(forms)
    presumes = [query.presumes for query, _ in asking if query.presumes]
    who = next((found.who for _, found in reversed(asking) if found.who != "patient"), "patient")
    return Ask(
        text=text,
        facts=tuple(dict.fromkeys(name for _, found in asking for name in found.facts)),
        topics=tuple(dict.fromkeys(topic for _, found in asking for topic in found.topics)),
        concepts=tuple(dict.fromkeys(concept for _, found in asking for concept in found.concepts)),
        who=who,
        form=form,
        presumes=presumes[-1] if presumes and form == "leading" else None,
        normality=any(query.normality for query, _ in asking),
        manner=manner_of([query for query, _ in pairs], context.care),
    )


def _last_real(forms: list[Form]) -> Form:
    """The form of the last question that is not mere politeness."""
    return next((form for form in reversed(forms) if form != "social"), "social")


def _plain(text: str, queries: tuple[Query, ...], context: Context) -> Ask:
    """What can be said without a script."""
    pairs = []
    for query in queries:
        concepts = list(dict.fromkeys(match.key for match in query.concepts))
        for match in query.functions:
            concepts += sorted(lexicon().problems[match.key][0])[:1]
        who = next(iter(query.people), "patient")
        pairs.append((query, Wanted(concepts=concepts, topics=list(query.topics), who=who)))
    return _joined(text, pairs, context)
