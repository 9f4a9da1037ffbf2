"""What a talk is about at a moment, so that "since when?" and "and how much?" find what they refer to."""

from collections.abc import Iterator
from typing import NamedTuple

from medsim.match.index import Index
from medsim.match.lexicon import lexicon
from medsim.match.reply import Reply, read_reply
from medsim.match.text import content_stems, tokens
from medsim.match.view import View

MAX_FAMILIES = 6


class Context(NamedTuple):
    """`families`: complaints and other facts that were spoken of, as root ids, the latest first. `told`: the facts that
    the patient has told. The rest is of the doctor's last turn. `specific`: it asked for certain facts, not for a whole
    list. `care`: it made a sensitive question easier without yet asking one. `asked`: all that it asked for.
    """

    families: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    who: str = "patient"
    specific: bool = False
    care: bool = False
    told: frozenset[str] = frozenset()
    asked: tuple[str, ...] = ()

    def speaking_of(self, roots: list[str]) -> "Context":
        """The context after these were spoken of."""
        families = tuple(dict.fromkeys([*roots, *self.families]))[:MAX_FAMILIES]
        return self._replace(families=families)


def after_reply(context: Context, reply: str, index: Index) -> Context:
    """The context after the patient has answered.

    What a specific question asked for stays first; after an open one it is what the answer brought up.
    """
    mentioned = _mentioned(reply, index)
    told = _told(mentioned, context, read_reply(reply, index.this_year), index)
    told = tuple(told)
    context = context._replace(told=context.told.union(told))
    if "complaint" not in context.topics:
        answered = _answered(reply, told, context, index)
        if answered and answered not in context.facts:
            context = context._replace(facts=(answered,), specific=True)
    roots = list(dict.fromkeys(index.root[item.id] for item in mentioned if item.fact.topic != "identity"))
    if not context.specific:
        return context.speaking_of(roots)
    asked = [root for root in dict.fromkeys(index.root[name] for name in context.facts) if not _denied(root, index)]
    return context.speaking_of(list(dict.fromkeys([*asked, *roots])))


def _mentioned(text: str, index: Index) -> list[View]:
    """The facts that a patient's turn brings up, in their order in the text."""
    words = tokens(text)
    found = [(match.first, item.id) for match in lexicon().concepts.find(words) for item in index.so_of(match.key)]
    stems = content_stems(words)
    for item in index.views:
        own = item.told_stems
        if not own.isdisjoint(stems) and len(own) >= 2 and len(own & stems) > 0.6 * len(own) and not item.denied:
            found.append((len(words), item.id))
    return [index.by_id[name] for _, name in sorted(found)]


def _told(mentioned: list[View], context: Context, said: Reply, index: Index) -> Iterator[str]:
    """The facts brought up and not denied, and those asked for that a yes, or some of their words, affirm."""
    denied = [mention.concept for mention in said.mentions if mention.denied]
    for item in mentioned:
        theirs = item.is_of_patient or item.fact.who in said.people
        if theirs and not any(lexicon().related(concept, item.fact.concept or "") for concept in denied):
            yield item.id
    alone = len(context.facts) == 1 and said.answer == "yes"
    for name in context.facts:
        if alone or index.by_id[name].told_stems & said.said:
            yield name


def _answered(reply: str, told: tuple[str, ...], context: Context, index: Index) -> str | None:
    """The fact that a reply tells, also where it was not seen to be asked for, so that "since when?" finds it."""
    stems = content_stems(tokens(reply))
    scores = {}
    for item in index.views:
        shared = stems & item.told_stems
        enough = len(shared) >= 2 and 2 * len(shared) >= min(len(stems), len(item.told_stems))
        if enough and item.fact.topic != "identity":
            scores[item.id] = sum(1 / max(index.frequency[stem], 1) for stem in shared)
    if scores:
        return max(scores, key=lambda name: (scores[name], name in context.facts))
    others = (name for name in told if index.by_id[name].fact.topic != "identity")
    return None if set(told) & set(context.facts) else next(others, None)


def _denied(root: str, index: Index) -> bool:
    return index.by_id[root].denied
