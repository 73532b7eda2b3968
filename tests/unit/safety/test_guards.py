"""A promise is caught, the same words as a denial or as a refuted myth pass: for every guard."""

from __future__ import annotations

import pytest

from bot.safety.guards import Guards

# guard -> (promises, denials and refuted myths)
CASES = {
    "B01": (
        ["Mesotherapy has no side effects.", "It is side-effect free.", "Our mix does not have any side effects."],
        ["It is not true that it has no side effects.", 'Some sites say "no side effects". That is false.'],
    ),
    "B02": (
        ["It is 100% safe.", "The method is extremely safe.", "Safe? Sure, it is risk-free.", "Results guaranteed!"],
        ["It is not 100% safe.", "Nothing is completely safe.", "Results are not guaranteed.", "There is no guarantee.",
         'You may read that it is "extremely safe". That is not true.'],
    ),
    "B03": (
        ["Complications have been nullified.", "The device gives complete control over the injection."],
        ["Complications have not been nullified.", 'A clinic writes "complications nullified". We do not agree.'],
    ),
    "B04": (
        ["It is the only way to reach the skin.", "Creams never work.", "Mesotherapy is the only method that helps."],
        ["It is not the only way.", 'One text says it is "the only method". That is wrong: creams are an option.'],
    ),
    "B05": (
        ["The injections are painless.", "Painless treatment in 30 minutes!", "The injections are not painful.",
         "It does not hurt.", "The cream completely eliminates pain.", "Don't worry, it's pain-free."],
        ["It is not painless.", 'Clinics write "painless". That is not true of the scalp.', "Is it painless?",
         "The cream may not completely remove the pain.", "Nobody can promise that it is pain-free."],
    ),
    "B06": (
        ["No traces are seen after it.", "The marks disappear immediately.", "It leaves no marks."],
        ["It is not true that it leaves no marks.", 'A text says "no traces are seen". That is a myth.'],
    ),
    "B07": (
        ["The method is scientifically approved.", "It is clinically proven.", "An FDA-approved treatment."],
        ["It is not scientifically approved.", 'One clinic writes "scientifically approved". That is untrue.'],
    ),
    "B08": (
        ["It is becoming a threat to other methods.", "Doctors are just afraid."],
        ["We do not believe that it is a threat to other methods.", "It is a myth that critics are afraid of it."],
    ),
    "B09": (
        ["It melts fat.", "Removes stubborn fat!", "Say goodbye to it: fat cells are destroyed.",
         "Body slimming for you.",
         "Nothing melts fat like it.", "It is not only gentle, it melts fat.", "It does not hurt and melts fat."],
        ["It does not melt fat.", "No injection melts fat.", 'Adverts say that it "melts fat". It does not.',
         "Does it melt fat?", "There is no proof that it removes fat.", "That it melts fat is a myth."],
    ),
    "B10": (
        ["It promotes weight loss.", "Lose weight in two sessions."],
        ["It does not help with weight loss.", 'Some promise "lose inches". There is no good proof.'],
    ),
    "B11": (
        ["It eliminates cellulite.", "Stretch marks removal from £90."],
        ["It does not remove stretch marks.", 'You may see "cellulite removal" in adverts. That is not proven.'],
    ),
    "B12": (
        ["It corrects hormone imbalances."],
        ["It does not balance your hormones.",
         'Practitioners claim that it "corrects hormone imbalances". It does not.'],
    ),
    "B13": (
        ["It regrows hair.", "It treats alopecia.", "Your hair will grow back."],
        ["Most vitamins have not been shown to regrow hair.", 'Some texts say "treats alopecia". That is not proven.'],
    ),
    "B14": (
        ["It flushes out toxins.", "A detox for your skin.", "It boosts your metabolism."],
        ["It does not flush out toxins.", 'A clinic writes "flush out ageing toxins". We do not share that.',
         "We wait after botulinum toxin."],
    ),
    "B15": (
        ["Stem cells give great results.", "Salmon DNA: better skin."],
        ["Stem cells do not give great results.", 'One text says "stem cells give great results". That is not proven.'],
    ),
    "B16": (
        ["Instant results.", "It erases wrinkles.", "Permanent results with one session.",
         "The effects are permanent."],
        ["Do not expect instant results.", 'Some clinics promise "instant results". That is misleading.',
         "It is not permanent, and the effects are not permanent."],
    ),
    "B17": (
        ["It reverses ageing.", "Look years younger!", "It turns back the clock."],
        ["It cannot reverse sun damage.", 'You may read "turns back the clock". Nothing does.'],
    ),
    "B18": (
        ["Infection is possible only in theory.", "Allergic reactions disappear spontaneously.",
         "No risk of infection."],
        ["Infections do not just happen in theory.", 'A text says "infection only in theory". That is wrong.'],
    ),
    "B19": (
        ["More and more countries are allowing it.", "Countries are lifting the ban."],
        ["France is not lifting the ban.", 'One clinic writes "lifting the ban". That is not true.'],
    ),
    "B20": (
        ["Our brand is the best: the number one brand.", "Combine it with Botox.", "We offer Botox too.",
         "It enhances the effects of fillers."],
        ["We do not combine it with Botox on one day.",
         'One text says "the leading brand". We do not make such claims.',
         "Tell us if you had Botox in the last 4 weeks."],
    ),
    "B21": (
        ["It is non-invasive.", "A noninvasive method."],
        ["It is not non-invasive: needles break the skin.", 'One text says "noninvasive". That is false.'],
    ),
    "B22": (
        ["Your pigmentation disappears.", "One of the best methods for melasma.", "It prevents melasma."],
        ["It does not cure melasma.", 'A clinic writes "one of the best methods". That is unproven.'],
    ),
    "B23": (
        ["It works like PRP.", "As good as a facelift.", "Better than Botox."],
        ["It does not work like PRP.", 'Some say it is "as good as a facelift". It is not.'],
    ),
    "B24": (
        ["No downtime.", "The lunchtime treatment.", "There is no recovery needed."],
        ["We cannot promise zero downtime.", 'Some clinics say "no downtime". That is misleading.'],
    ),
    "B25": (
        ["No preparation needed.", "There is very little aftercare.", "It does not need any preparation."],
        ["It is not true that no preparation is needed.", 'A text says "very little aftercare". That is wrong.'],
    ),
    "B26": (
        ["We use homeopathic medicine.", "All natural.", "They all occur naturally in the skin."],
        ["We do not use homeopathic medicine.", 'One text says they "occur naturally in the skin". That is not true.'],
    ),
    "B27": (
        ["Hormones are part of the cocktail.", "We inject hormones."],
        ["We do not inject hormones.", 'A clinic lists "hormones in the mixture". That is not right.'],
    ),
    "B28": (
        ["Blood thinners such as aspirin should be avoided before and after.", "Stop your Eliquis three days before.",
         "Don't forget to stop your warfarin.", "Please avoid anticoagulants."],
        ["Never stop your Eliquis.", "Do not stop a blood thinner unless your doctor says so.",
         'A text says "blood thinners should be avoided". That is wrong: keep taking yours.'],
    ),
    "B29": (
        ["It treats acne scars.", "It heals burns."],
        ["It does not treat burns.", 'Some clinics say that it "removes scars". That is not proven.'],
    ),
    "B30": (
        ["You are eligible.", "You're suitable for it.", "You are a perfect candidate.", "Hurry, last chance!",
         "You probably have an infection.", "It is safe for you."],
        ["I can't tell you whether you are suitable.", 'A chat that says "you are eligible" is misleading.',
         "The clinician decides if you are suitable."],
    ),
    "SA-4": (
        ["Please stop taking your tablets.", "Stop your isotretinoin a month before.", "Your dose should be reduced.",
         "Just skip your insulin that morning."],
        ["Please don't stop your tablets.", "Never skip your insulin.",
         "Don't change any medicine without your doctor.",
         '"Stop your medicine" is wrong.'],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def guards() -> Guards:
    return Guards()


def test_every_guard_is_tried(guards: Guards) -> None:
    assert [guard.id for guard in guards.guards] == list(CASES)


@pytest.mark.parametrize(("guard", "promise"), [(guard, one) for guard, (given, _) in CASES.items() for one in given])
def test_a_promise_is_caught(guards: Guards, guard: str, promise: str) -> None:
    assert guard in {violation.guard for violation in guards.violations(promise)}


@pytest.mark.parametrize(("guard", "denial"), [(guard, one) for guard, (_, given) in CASES.items() for one in given])
def test_a_denial_or_a_refuted_myth_passes(guards: Guards, guard: str, denial: str) -> None:
    assert guard not in {violation.guard for violation in guards.violations(denial)}


def test_what_to_say_instead_passes_every_guard(guards: Guards) -> None:
    for guard in guards.guards:
        assert not guards.violations(guard.say_instead), guard.id


@pytest.mark.parametrize(
    "text",
    [
        "Does it melt fat? Yes!",
        "Are you ready for instant results?",
        'Our "painless" injections are loved by many.',
        "Some clinics say that it is painless.",
        "It isn't cheap, but it is painless.",
        "You won't believe how it melts fat.",
        "It’s pain­less.",
        "It never fails to melt fat.",
    ],
)
def test_words_that_only_look_like_a_denial_do_not_help(guards: Guards, text: str) -> None:
    assert guards.violations(text)


@pytest.mark.parametrize(
    "text",
    [
        "If you take aspirin or ibuprofen on your own, we wait 7 days.",
        "Call us if the redness spreads or is hot.",
        "Fat-dissolving injections are a different treatment.",
        "Small marks usually fade within hours to 3 days.",
        "Please stop the session at any time.",
    ],
)
def test_ordinary_advice_passes(guards: Guards, text: str) -> None:
    assert not guards.violations(text)


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("İşlem ağrısızdır.", True),
        ("İşlem ağrısız değildir.", False),
        ("Yağ eritir.", True),
        ("Yağ eritmez.", False),
        ("Bazı siteler 'anında sonuç' der; bu doğru değildir.", False),
        ("Tedavi için uygunsunuz.", True),
        ("İlacınızı bırakmayın.", False),
        ("Aspirini bırakın.", True),
    ],
)
def test_turkish_texts_are_judged_by_turkish_guards(guards: Guards, text: str, caught: bool) -> None:
    assert bool(guards.violations(text, "tr")) is caught
