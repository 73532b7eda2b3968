"""Every screen of the console as every role, in a browser, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from starlette.routing import compile_path

from bot.console import signin
from bot.console.app import every_page
from bot.console.preview import Preview
from bot.console.roles import ROLES, may
from bot.storage import staff
from bot.storage.tables import now

from .console_served import DESKTOP, ConsoleHouse, Desk, Furnished, console_of, furnish, paths, week_of
from .served import House

# Written by hand, apart from the code: R reception, C clinician, E editor, A admin. Screens by the names of `paths`.
SCREENS = {
    "today": "RCEA",
    "conversations": "RCA",
    "conversation": "RCA",
    "eligibility": "CA",
    "assessment": "CA",
    "bookings": "RCA",
    "bookings-list": "RCA",
    "booking": "RCA",
    "preview": "CEA",
    "content": "CEA",
    "card": "CEA",
    "draft": "CEA",
    "danger": "CEA",
    "phrases": "CEA",
    "feed": "RCA",
    "figures": "CEA",
    "review": "CEA",
    "corrections": "CEA",
    "models": "CEA",
    "model": "CEA",
    "staff": "A",
    "access": "A",
}
WIDTHS = {"desktop": DESKTOP["viewport"], "phone": {"width": 390, "height": 800}}
PASSWORD = "three green kettles sing"
# What differs between two looks at the same page: form tokens, and how long ago something was.
PASSING = re.compile(r'name="csrf" value="\w+"|\d+ (?:seconds?|minutes?)')


@pytest.fixture(scope="module")
def console(served: House) -> Iterator[ConsoleHouse]:
    with console_of(served) as running:
        yield running


@pytest.fixture(scope="module")
def there(console: ConsoleHouse) -> Furnished:
    return furnish(console)


@pytest.fixture(scope="module")
def checked() -> set[tuple[str, str]]:
    """Pages that axe has read at a width; the same page for another role is not read again."""
    return set()


@pytest.fixture
def desk(browser: Browser, console: ConsoleHouse, role: str) -> Iterator[Desk]:
    """A new colleague who has come in through the door: chose a password, signed in with it."""
    context = browser.new_context(**{**DESKTOP, "reduced_motion": "reduce"})
    context.set_default_timeout(30_000)
    with console.ground.database.write() as connection:
        id = staff.add(connection, f"{role.title()} Colleague", role, now())
    desk = console.watched(context.new_page(), f"{role.title()} Colleague")
    desk.visit(f"/welcome/{signin.invitation(console.ground.database, id)}")
    desk.page.get_by_label("New password").fill(PASSWORD)
    desk.page.get_by_role("button", name="Save and sign in").click()
    desk.page.get_by_role("button", name="Sign out").first.click()
    desk.page.get_by_label("Name").fill(desk.name)
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.page.get_by_role("button", name="Sign in").click()
    expect(desk.page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    yield desk
    context.close()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_its_screens_and_no_way_to_others(
    desk: Desk, console: ConsoleHouse, there: Furnished, checked: set[tuple[str, str]], role: str
) -> None:
    screens = paths(there, week_of(console, there.booking))
    assert set(screens) == set(SCREENS)
    mine = [name for name in screens if role[0].upper() in SCREENS[name]]
    links, forms = set[str](), set[str]()
    for name in mine:
        desk.visit(screens[name])
        expect(desk.page.locator("h1")).to_be_visible()
        for summary in desk.page.locator("main summary").all():
            summary.click()
        links |= set(desk.page.eval_on_selector_all("a[href^='/']", "all => all.map((a) => a.getAttribute('href'))"))
        forms |= set(
            desk.page.eval_on_selector_all("form[method=post]", "all => all.map((f) => new URL(f.action).pathname)")
        )
        look(desk, name, checked)
    assert desk.complaints == []  # no script or style was refused, nothing failed
    for path in links:  # whatever they see to click, they may open
        assert desk.page.request.get(console.url + path.partition("#")[0]).ok, path
    gates = [
        (compile_path(page.path)[0], page.needs)
        for page in every_page(Preview(console.ground))
        if page.method == "POST"
    ]
    for action in forms:
        needs = next(needs for pattern, needs in gates if pattern.match(action))
        assert needs in ("nobody", "anyone") or may(role, needs), action
    for name in screens.keys() - set(mine):
        path = screens[name]
        assert links.isdisjoint((path, path.partition("?")[0])), name
        refused = desk.page.request.get(console.url + path)
        assert refused.status == 403, name
        assert "Example" not in refused.text(), name


def look(desk: Desk, name: str, checked: set[tuple[str, str]]) -> None:
    """At both widths: nothing sticks out, axe finds nothing."""
    body = PASSING.sub("", desk.page.locator("body" if name == "today" else "main").inner_html())
    for width, size in WIDTHS.items():
        desk.page.set_viewport_size(size)
        assert desk.fits(), f"{name} {width}"
        if (width, body) not in checked:
            assert desk.violations() == [], f"{name} {width}"
            checked.add((width, body))
    desk.page.set_viewport_size(WIDTHS["desktop"])
