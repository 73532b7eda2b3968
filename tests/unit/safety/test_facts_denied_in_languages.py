"""Facts that ten languages deny, doubt or give to others: nobody's "yes" of their own."""

from __future__ import annotations

import pytest

from bot.safety.disclosures import Disclosure, disclosures


def told(text: str, fact: str) -> list[Disclosure]:
    return [one for one in disclosures(text) if one.fact == fact and one.polarity == "affirmed"]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Thrombose nein, Krampfadern ja", "bleed.disorder"),
        ("Asthma, Epilepsie, Diabetes: dreimal nein", "diabetes"),
        ("anti-inflamatório não, só Dorflex", "meds.nsaid"),
        ("Anticoagulantes nunca he necesitado", "meds.thinner"),
        ("Koortslip nooit last van", "skin.herpes"),
        ("Зато герпеса у меня отродясь не было", "skin.herpes"),
    ],
)
def test_a_no_behind_the_fact_denies_it(text: str, fact: str) -> None:
    assert not told(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Receitaram Roacutan mas nem comprei", "meds.isotretinoin"),
        ("Me ofrecieron isotretinoína y dije que ni hablar", "meds.isotretinoin"),
        ("Marcumar wollten sie mir geben, brauchte ich am Ende doch nicht", "meds.thinner"),
        ("Me descartaron el lupus el mes pasado", "immune.autoimmune"),
        ("On a cru à un lupus mais c'était rien", "immune.autoimmune"),
        ("Dovevo vaccinarmi lunedì ma poi ho rimandato", "recent.vaccine"),
        ("Собиралась привиться в понедельник, но не пошла", "recent.vaccine"),
    ],
)
def test_what_was_offered_or_suspected_is_not_believed(text: str, fact: str) -> None:
    assert not told(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("El marcapasos es de mi padre, yo solo pregunto por él", "organ.device"),
        ("Il diabete ce l'ha mio suocero, io no", "diabetes"),
        ("Hooikoorts heeft mijn man, ik niet", "allergy.any"),
        ("Кардиостимулятор стоит у папы", "organ.device"),
        ("La ragazza alla reception è incinta, auguri!", "preg.status"),
        ("мама моя носит в груди дефибриллятор", "organ.device"),
        ("mi señora está embarazada y yo quiero lo del pelo", "preg.status"),
    ],
)
def test_the_person_named_beside_the_fact_has_it(text: str, fact: str) -> None:
    assert told(text, fact)
    assert all(one.subject != "self" for one in told(text, fact))


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Soy enfermera de oncología y veo cáncer a diario", "cancer.status"),
        ("Ich fahre Dialysepatienten mit dem Taxi", "organ.kidney_liver"),
        ("Studio medicina e ho l'esame sul lupus domani", "immune.autoimmune"),
        ("Ihr Flyer lag in der Diabetesberatung aus", "diabetes"),
        ("Piszę pracę o lekach przeciwzakrzepowych", "meds.thinner"),
    ],
)
def test_a_job_or_a_place_tells_nothing_of_oneself(text: str, fact: str) -> None:
    assert not told(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("alergia mesmo eu tenho é de fila", "allergy.any"),
        ("Estou doente de saudades da minha pele", "recent.ill"),
        ("na poniedziałki mam alergię", "allergy.any"),
        ("Fiyatı duyunca kalp krizi geçiriyordum az kalsın", "organ.heart"),
    ],
)
def test_jokes_tell_nothing(text: str, fact: str) -> None:
    assert not told(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("suponiendo que me recetaran isotretinoína", "meds.isotretinoin"),
        ("Imaginons que je tombe enceinte après la troisième séance", "preg.status"),
        ("stel dat ik zwanger raak halverwege de kuur", "preg.status"),
        ("e se eu descobrir que tô grávida no meio do pacote", "preg.status"),
        ("dicen que puede ser celíaca, falta la biopsia", "immune.autoimmune"),
        ("La rinite conta come allergia nel modulo?", "allergy.any"),
        ("Ik dacht aan een melanoom maar het was een wratje", "cancer.status"),
    ],
)
def test_what_is_supposed_or_asked_is_not_believed(text: str, fact: str) -> None:
    assert not told(text, fact)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Je suis infirmière et diabétique de type 1", "diabetes"),
        ("Sono nonna di tre nipoti e diabetica da vent'anni", "diabetes"),
        ("Ich bin Lehrerin und habe seit zehn Jahren Diabetes", "diabetes"),
        ("Mein Sohn ist 14 Monate und will abends noch die Brust", "preg.breastfeeding"),
        ("tretinoïne op maandag, woensdag en vrijdag", "meds.topical"),
        ("печень пересадили в 2016, пью такролимус", "immune.weak"),
        ("hiçbir hastalığım yok, 53 yaşındayım", "gate.age18"),
    ],
)
def test_what_is_told_of_oneself_beside_it_holds(text: str, fact: str) -> None:
    assert any(one.subject == "self" for one in told(text, fact))
