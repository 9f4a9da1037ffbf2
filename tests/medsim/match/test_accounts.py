"""What two turns say of the patient's life beside any fact."""

import pytest

from medsim.match import clash


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("I came in a taxi, on my own.", "My brother drove me down."),  # how and with whom
        ("We came by ambulance.", "I parked right outside."),
        ("There's nobody with me today.", "She's sat outside, my daughter."),
        ("I live on my own.", "My sister lives with me."),
        ("I've told nobody.", "I told my wife about it last week."),  # who knows
        ("Nobody knows but my husband.", "My sister knows all about it."),
        ("I held off as long as I could.", "I rang the minute it started."),  # how soon
        ("My wife made me come.", "It was my own idea."),
        ("Joan says I should have come weeks ago.", "Joan thinks I'm making a fuss."),
        ("I'm a vegetarian.", "I had a burger and chips."),
        ("I hardly sleep.", "I sleep like a log."),
        ("I've been off work since Monday.", "I did a shift yesterday, and my boss saw."),
        ("I never learnt to drive.", "I drove over this morning."),
        ("Uncle Ray carried us over in his car.", "We read all the way here on the bus."),
        ("We got the tram in, the two of us.", "Sam drove me, I couldn't have walked."),
        ("My parents? They're both perfectly well.", "Dad's been running a fever too."),
        ("They sent me home from class.", "It was a normal school day after that."),
        ("It was pitch dark when I fell.", "I'd the breakfast news on, and then I fell."),
        ("I sing in a choir on Thursdays.", "I never sing."),  # the opposite in the same words
        ("The maid took his watch.", "She isn't the sort, no maid ever took a watch."),
        ("We've three cats at home.", "There's our two cats to feed."),
    ],
)
def test_what_cannot_both_be_so(before, now):
    assert clash(now, before)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("I came on my own.", "I live on my own too."),
        ("Nobody knows but my husband.", "I told my husband about it in May."),
        ("Joan says I should have come weeks ago.", "My boss thinks I'm making a fuss."),
        ("I hardly sleep.", "I used to sleep like a log."),
        ("I live on my own.", "Does my sister live with you?"),
        ("I'm a vegetarian.", "I don't eat chicken, as I said."),
        ("I told the nurse that it hurts.", "Nobody knows about the drinking."),
        ("My back hurts.", "I drove here."),
        ("I sing in a choir.", "My husband never sings."),
        ("He was perfectly well till Tuesday.", "He's running a fever now."),
        ("I told my mum.", "I've not told my boss."),
        ("My husband died in May.", "I'm a widow."),
        ("They sent me home from A&E.", "My boss let me go early."),
        ("I've three cats.", "I've two dogs."),
    ],
)
def test_what_both_can_be_so(before, now):
    assert clash(now, before) is None
