"""What a yes or a no says of a fact that was asked for."""

import re

from medsim.match.details import wanted_details
from medsim.match.lexicon import lexicon
from medsim.match.quantity import same
from medsim.match.questions import Query, is_summary, read_turn
from medsim.match.reply import Reply
from medsim.match.text import stem_set, tokens, word_set
from medsim.match.types import Ask
from medsim.match.values import EXCLUSIVE, Judgement, agree, judgement
from medsim.match.view import View

_HABITS = frozenset(("smoking", "alcohol", "drugs", "medication"))


def by_answer(item: View, reply: Reply, ask: Ask) -> Judgement | None:
    """A yes or a no to a question that one can answer so."""
    if _only_names(item, reply):
        return judgement("supports", item, reply, (0, len(reply.text)), denied=False)
    if reply.answer is None or ask.form not in ("yesno", "leading"):
        return None
    if reply.answer == "no" and (is_summary(ask.text) or _corrects_a_guess(reply, ask)):
        return judgement("vague", item, reply, reply.answer_span, denied=True)
    yes = reply.affirms if _asks_denial(ask) else reply.answer == "yes"
    presumed = _presumed(item, ask)
    if presumed is not None:
        right = yes == presumed
        return judgement("supports" if right else "contradicts", item, reply, reply.answer_span, not yes)
    if _asks_whether_taken(item, ask):
        return judgement("contradicts" if yes else "supports", item, reply, reply.answer_span, not yes)
    affirmed = yes != ask.normality
    if affirmed and ask.normality and _names_a_disorder(reply, ask):
        return None
    if affirmed == item.denied and not _is_meant(item, ask):
        return judgement("vague", item, reply, reply.answer_span, not affirmed)
    if item.fact.polarity == "unknown":
        return judgement("vague", item, reply, reply.answer_span, not affirmed)
    if item.denied:
        return judgement("contradicts" if affirmed else "supports", item, reply, reply.answer_span, not affirmed)
    if not affirmed:
        past = item.fact.polarity == "past" and item.fact.topic in _HABITS
        return judgement("supports" if past else "contradicts", item, reply, reply.answer_span, denied=True)
    carries = item.fact.concept in ask.concepts or item.fact.concept is not None and not item.quantities
    return judgement("supports" if carries else "vague", item, reply, reply.answer_span, denied=False)


def _corrects_a_guess(reply: Reply, ask: Ask) -> bool:
    """ "How many times, in the night? Like, once?", "No, four.": the no is for the guess alone."""
    return bool(reply.quantities) and not reply.said and not _asking(ask.text).stems


def _asks_whether_taken(item: View, ask: Ask) -> bool:
    """ "Are you taking them?" of a fact that a medicine is not taken."""
    concept = item.fact.concept
    if item.fact.topic != "adherence" or not concept or item.denied or lexicon().kinds[concept] != "medications":
        return False
    stems = {token.stem for token in _asking(ask.text).tokens}
    return bool(stems & _TAKING) and not stems & _NOT_TAKING


_TAKING = stem_set("take use finish manage keep continue prescribed still complete")
_NOT_TAKING = stem_set("stop miss skip forget quit leave run without not never")


def by_plain_yes(item: View, reply: Reply, ask: Ask, found: Judgement) -> Judgement | None:
    """ "Is his neck stiff?", "Yes. He can't turn it.": a yes outweighs the words of a denied fact."""
    if not item.denied or found.verdict != "supports" or reply.answer != "yes" or ask.normality:
        return None
    word = next(token for token in reply.tokens if token.end > reply.answer_span[0])
    beside = [flag for token, flag in zip(reply.tokens, reply.denied, strict=True) if token.sentence == word.sentence]
    if word.text not in _YES or any(beside) or _asks_denial(ask):
        return None
    judged = by_answer(item, reply, ask)
    return judged if judged and judged.verdict == "contradicts" else None


_YES = word_set("yes aye sure definitely absolutely afraid")


def _is_meant(item: View, ask: Ask) -> bool:
    """True where a bare yes or no is certainly about a fact: the question names it, or asks whether there is any.

    "Did it creep up on you?", "No." leaves open where the patient was sitting. A no to something narrower than the
    fact ("a sore tummy?", "testicles sore?") does not deny the fact.
    """
    query, own = _asking(ask.text), item.fact.concept
    if not item.denied and (_asks_beside(item, query) or _asks_another(item, query)):
        return False
    if item.denied:
        named = any(item.is_case_of(concept) for concept in ask.concepts)
    else:
        named = any(concept in item.wide for concept in ask.concepts)
        narrower = any(own in lexicon().wider(concept) for concept in ask.concepts)
        elsewhere = any(value[0] == "site" and not any(agree(value, mine) for mine in item.values)
                        for value in query.values)  # fmt: skip
        if elsewhere or (narrower and not named):
            return False
    exact = item.denied or own in ask.concepts or not lexicon().wide.issuperset(item.wide & set(ask.concepts))
    if named and exact and (item.denied or own not in lexicon().wide):
        return True
    rest = _rest(item, query)
    if named or any(own in lexicon().problems[match.key][0] for match in query.functions):
        return item.denied or not rest
    shared = item.stems & query.stems - _ASKING_STEMS
    if shared:
        return item.denied or len(shared) >= len(rest)
    things = [match for match in query.concepts if match.key not in lexicon().generic]
    if things and not item.denied and not named:
        return False  # "worked with asbestos?", of a fact about something else
    return item.fact.topic in ask.topics and item.fact.topic not in _VALUE_TOPICS and (item.denied or not rest)


def _asks_beside(item: View, query: Query) -> bool:
    """ "First day of this pain was yesterday?", "a recent thing?": a no denies the day, not the pain."""
    topics = {topic for topic, _ in wanted_details(query)}
    if query.stems & _COURSE - item.stems:
        return True
    return bool(query.quantities or topics) and not item.quantities and item.fact.topic not in topics


_COURSE = stem_set("recent recently new sudden constant worse better")


def _asks_another(item: View, query: Query) -> bool:
    """ "Any bother with the waterworks?" of an accident of the bowels, "have you hurt your hand?" of where it is numb.

    A question that names something in order, or a thing, which the fact is no case of, was hardly for this fact; nor
    was one for earlier times ("fits before?") for what is so now.
    """
    own, problems = item.fact.concept, lexicon().problems
    if any(item.is_case_of(match.key) for match in query.concepts):
        return item.fact.polarity == "present" and item.fact.topic in _NOW and bool(_EARLIER.search(query.text.lower()))
    if any(own in problems[match.key][0] for match in query.functions):
        return False
    return bool(query.functions) or (bool(query.concepts) and item.fact.topic in _VALUE_TOPICS)


_NOW = word_set("complaint associated character aggravating")
_EARLIER = re.compile(r"\b(?:before|before now|in the past|previously|in your life|years ago)\W*$|\bin the past\b")


def _rest(item: View, query: Query) -> frozenset[str]:
    """What a question says beside the names of a fact: of "testicles sore?", for a pain, the testicles."""
    problems = lexicon().problems
    naming = [match for match in query.concepts if match.key in item.wide]
    naming += [match for match in query.functions if item.fact.concept in problems[match.key][0]]
    is_drug = lexicon().kinds.get(item.fact.concept or "") == "medications"
    lists = lexicon().lists - (frozenset() if is_drug else {"drugs"})  # "any drug allergies?" is not for plasters
    naming += [match for match in query.cues if match.key.topic in lists | {item.fact.topic}]
    named = {token.stem for match in naming for token in query.tokens[match.first : match.last]}
    return query.stems - _ASKING_STEMS - item.stems - named


# Facts of these topics say when, where, what it is like: a bare no denies them only where the question named the value.
_VALUE_TOPICS = word_set(
    "onset location character severity timing circumstances identity biography ideas concerns expectations"
)


def _only_names(item: View, reply: Reply) -> bool:
    """ "My dad, yes." and "Mum's side.", but not "My father's healthy."."""
    if item.is_of_patient or item.denied or reply.answer == "no":
        return False
    named = [match for match in lexicon().people.find(reply.tokens) if lexicon().same_person(match.key, item.fact.who)]
    words = {token.stem for match in named for token in reply.tokens[match.first : match.last]}
    return bool(named) and reply.said <= words


def _asks_denial(ask: Ask) -> bool:
    """ "So you've never smoked?": yes and no both deny."""
    statement = ask.presumes
    return statement is not None and bool({"not", "never", "no"} & {token.text for token in tokens(statement)})


def asks_for_function(ask: Ask) -> bool:
    """True for a question whether, or how, something is that is normally in order."""
    return ask.normality or any(
        query.functions and (query.form != "wh" or {"how", "like"} & {token.text for token in query.tokens})
        for query in read_turn(ask.text)
        if query.asks
    )


def _names_a_disorder(reply: Reply, ask: Ask) -> bool:
    """ "Are your bowels normal?", "No, I've been constipated.": the no is for this, not for another disorder."""
    problems = {problem for match in _asking(ask.text).functions for problem in lexicon().problems[match.key][0]}
    return any(mention.concept in problems and not mention.denied for mention in reply.mentions)


def _presumed(item: View, ask: Ask) -> bool | None:
    """Whether the value that a question names is the fact's; None where it names none of that kind."""
    query = _asking(ask.text)
    verdicts: list[bool] = []
    for quantity in query.quantities:
        verdicts += [verdict for own in item.quantities if (verdict := same(quantity, own)) is not None]
    for value in query.values:
        own = [mine for mine in item.values if mine[0] == value[0]]
        if own and item.fact.topic in EXCLUSIVE.get(value[0], ()):
            verdicts.append(any(agree(value, mine) for mine in own))
    if verdicts:
        return any(verdicts) and not item.denied
    shared = item.stems & query.stems - _ASKING_STEMS
    detail = item.fact.topic in lexicon().details and not item.denied
    return True if detail and shared and item.fact.concept is None else None


# Stems of the question itself, which say nothing of its value.
_ASKING_STEMS = stem_set(
    "worse better ease help start begin pain spread bring anywhere anyone somewhere else notice notic lately recently "
    "recent currently moment today days week suffer experience experienc problem trouble issue symptom bother sort "
    "normal normally regular fine work working properly manage "
    "kind remember happen before past diagnose been mean please sorry okay alright thank thanks love doctor sir madam"
)


def _asking(text: str) -> Query:
    asking = [query for query in read_turn(text) if query.asks]
    return asking[-1] if asking else read_turn(text)[-1]
