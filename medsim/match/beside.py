"""What speaks for or against a fact beside the words of a question: what was spoken of, what else is named."""

from medsim.match.clue import THOUGHTS, Clue
from medsim.match.clues import CASE, names_other
from medsim.match.context import Context
from medsim.match.detail_clues import IMPLIED, TOPIC
from medsim.match.details import asks_reason, refers_back, wanted_details
from medsim.match.index import Index
from medsim.match.lexicon import lexicon
from medsim.match.questions import Query
from medsim.match.text import word_set
from medsim.match.view import View

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
CLOSER = 0.8  # a detail, not told yet, of just what was asked for
DEEPER = -0.4  # a detail of a detail
ASIDE = -0.4  # it is a thought about what is named, and no thought is asked for
WHETHER_TAKEN = 0.4  # "are you still taking the water pill?": whether it is, rather than that it is on the list
MAIN_PAIN = 0.4  # "is there any pain with it?": the complaint rather than another pain
OTHERS = -0.4  # it is about somebody else, whom the question does not name
NOT_SO = -0.6  # it denies, and the question takes for granted ("what made it start?")

THINGS = ("concept", "function")
_OTHERS = word_set("anyone anybody everyone everybody others someone somebody contacts")
_HOME = word_set("living support")


def beside(item: View, query: Query, found: list[Clue], context: Context, index: Index) -> float:
    """What speaks for or against a fact beside the words of the question."""
    wanted, back = bool(wanted_details(query)), refers_back(query)
    mine = [clue for clue in found if item.id in clue.weights]
    root = index.root[item.id]
    things = [clue for clue in found if clue.kind in THINGS and clue.key != "pain"
              and (clue.weights or clue.key not in lexicon().generic)]  # fmt: skip
    mine_named = any(clue.kind in THINGS for clue in mine)
    weight = 0.0
    implied = any(clue.kind == "detail" and clue.weights[item.id] == IMPLIED for clue in mine)
    if implied or item.fact.about is not None or item.fact.topic in lexicon().details:
        topics = any(clue.kind == "topic" for clue in found)
        if any(clue.kind != "topic" for clue in mine) and not _has_subject(found, index) and (wanted or not topics):
            families = _families(context, index, back)
            rank = families.get(root, len(AT_HAND))
            away = AWAY if len(families) == 1 and _tells(*families, found, index) else 0
            at_hand = AT_HAND[rank] if rank < len(AT_HAND) else away
            weight += at_hand * (IN_PASSING if things or not (wanted or back) else 1 if back else IN_PART)
        if not mine_named and any(clue.weights for clue in things):
            weight += ELSEWHERE
        elif any(clue.kind == "value" and clue.key[0] == "site" and clue.weights and item.id not in clue.weights
                 for clue in found):  # fmt: skip
            weight += ELSEWHERE / 2
        again = any(clue.kind in THINGS and item.fact.about in clue.weights for clue in found)
        if (
            context.specific
            and item.fact.about in context.facts
            and item.id not in context.told
            and (wanted or (query.form == "wh" and not again))
        ):
            weight += CLOSER * (1 if back else IN_PART)
        elif item.fact.about not in (None, root):
            weight += DEEPER
    if back and item.fact.topic in THOUGHTS and item.fact.concept and asks_reason(query):
        same = any(index.by_id[name].fact.concept == item.fact.concept for name in context.facts)
        weight += AGAIN if same else 0  # "do you take the morphine?" ... "why not?"
    if back and context.specific and item.id in context.facts:
        kept = wanted and any(clue.kind == "detail" for clue in mine) and not _has_detail(root, found, index)
        named = any(clue.names_thing and clue.weights for clue in found)
        weight += STILL if kept else 0 if wanted or named else AGAIN
    elif (
        wanted
        and not implied
        and root == item.id
        and (
            item.id in index.complaints
            or (mine_named and (_has_detail(root, found, index) or _is_treated(item, query)))
        )
    ):
        weight += ONLY_THERE
    if item.id in index.complaints and any(names_other(clue, index) for clue in things):
        weight += BESIDE
    if mine_named and item.fact.topic in THOUGHTS and not (THOUGHTS & set(query.topics) or asks_reason(query)):
        weight += ASIDE
    if mine_named and item.fact.topic == "adherence" and query.form != "wh":
        weight += WHETHER_TAKEN
    if item.id in index.complaints and any(clue.key == "pain" for clue in mine):
        weight += MAIN_PAIN
    if not (item.is_of_patient or item.fact.topic in _HOME or query.people):
        weight += -OTHERS if _OTHERS & {token.text for token in query.tokens} else OTHERS
    said = any(clue.kind == "detail" or (clue.kind in THINGS and clue.weights[item.id] >= CASE) for clue in mine)
    if item.denied and wanted and (query.form == "wh" or not said):
        weight += NOT_SO
    elif item.denied and wanted and not mine_named:
        weight += NOT_SO / 2
    return weight


def _is_treated(item: View, query: Query) -> bool:
    """ "Have you given him anything for the fever?": the treatment is asked for, not the fever."""
    return "tried_treatment" in query.topics and item.fact.topic not in ("medication", "tried_treatment")


def _has_detail(root: str, found: list[Clue], index: Index) -> bool:
    """Whether something is told of a thing that a detail clue asks for."""
    return any(
        clue.kind == "detail" and clue.weights.get(item.id, 0) >= TOPIC and item.id != root
        for clue in found
        for item in index.families[root]
    )


def _tells(family: str, found: list[Clue], index: Index) -> bool:
    """Whether what was spoken of can be meant: where it tells nothing of the kind asked for, another thing is."""
    return is_apart(family, index) or _has_detail(family, found, index)


def _has_subject(found: list[Clue], index: Index) -> bool:
    """Whether the question names the thing whose detail it asks for."""
    return any(
        (clue.kind in THINGS and clue.key != "pain" or clue.kind == "value" and clue.key[0] == "site")
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
