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
        ("I've been married nine years.", "My fiancé and I are getting married in May."),
        ("I live with my girlfriend.", "My flatmates do their own washing."),
        ("I've kept off Google.", "I read on a website that it's serious."),
        ("I couldn't get through to the surgery.", "My own doctor said to rest, I spoke to her on Monday."),
        ("I've never been on a plane.", "We flew back on Friday."),
        ("Nobody comes in, I see to it all.", "The carer who comes at seven does my stockings."),
        ("I had a bowl of porridge.", "I've come without breakfast."),
        ("My sister had to stay at home.", "She's sitting out in the corridor, she is outside."),
        ("My husband's taken time off.", "He's at work, he couldn't come."),
        ("Nobody else sleeps here.", "My niece sleeps in the back room."),
        ("I've taken leave this week.", "I did my shift and then I rang."),
        ("I've not told a soul.", "My manager knows."),
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
        ("I've been married nine years.", "My brother and his fiancée came along."),
        ("My sister's at work.", "My wife's sitting outside."),
        ("I've kept off Google.", "I read a lot, novels mostly."),
    ],
)
def test_what_both_can_be_so(before, now):
    assert clash(now, before) is None


@pytest.mark.parametrize(
    ("asked_before", "before", "question", "now"),
    [
        ("Do you still teach the piano?", "Five pupils, Mondays only.", "Will you cancel?", "I've never taught anybody."),
        ("What do you do of an evening?", "I'm halfway through a novel.", "Any hobbies?", "I haven't read anything since May."),
        ("Does the school know?", "I rang the head at nine.", "Shall we ring?", "Yes, I didn't tell the head anything."),
        ("Tea or coffee?", "No coffee, not for me.", "Water?", "I had some water and a big coffee."),
        ("Who carried it?", "I lifted the wardrobe upstairs myself.", "Alone?", "The neighbour lifted the wardrobe, I watched."),
        ("Who moved it?", "I took the boxes myself.", "Alone?", "My son was the one who took the boxes."),
        ("Children?", "Two girls and Tom, he's nine.", "Is he at school?", "She is, the local one."),
        ("With whom do you live?", "Jo. We got married last Easter.", "How long have you been married?", "Five years now."),
        ("What's your work?", "I've locked up the café for today.", "Staying, then?", "Not for long, my café is open and it's busy."),
        # what a bare yes or no says of its question
        ("Have you told anyone?", "Not a soul.", "How do you manage?", "My boss knows, she lets me go early."),
        ("Do you have children?", "No, never wanted any.", "Who's at home?", "My youngest, and the dog."),
        ("Did you come by ambulance?", "We did.", "Are you parked all right?", "We walked over this morning."),
        ("How long have you been married?", "Six years.", "What does he do?", "My fiancé builds boats."),
        ("Have you been abroad?", "Never.", "Where did you meet?", "On our holiday over there, when we flew to Spain."),
        ("Does he still live with you?", "No, he died.", "What was he like?", "My dad lives with me, he's grand."),
    ],
)  # fmt: skip
def test_what_cannot_both_be_so_with_its_question(asked_before, before, question, now):
    assert clash(now, before, question, asked_before)


@pytest.mark.parametrize(
    ("asked_before", "before", "question", "now"),
    [
        ("Do you teach?", "No, never.", "And before?", "I've never taught anybody."),
        ("Does the school know?", "The head rang me at nine.", "Shall we ring?", "I didn't tell the head anything."),
        ("Tea or coffee?", "No coffee today.", "And as a rule?", "I usually have a coffee."),
        ("Who carried it?", "I lifted it myself.", "And now?", "My son does the lifting."),
        ("Children?", "Two girls.", "Is he here?", "She is, my eldest."),
        ("Where is it?", "The pain's in the front.", "And now?", "The pain is in the back as well."),
        ("With whom do you live?", "Jo. We met last Easter.", "How long have you had the cough?", "Five years now."),
        ("Do you bake?", "I bake a little.", "On Sundays?", "I do not bake on Sundays."),
        ("Brothers?", "My brother had asthma.", "Sisters?", "My sister had asthma too."),
    ],
)  # fmt: skip
def test_what_both_can_be_so_with_its_question(asked_before, before, question, now):
    assert clash(now, before, question, asked_before) is None
