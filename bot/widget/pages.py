"""What the gateway serves of the widget: its script, the demo clinic's page at `/`, and `/embed` for other sites."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.clinic import Clinic
from bot.settings import Settings
from bot.widget.bundle import Asset, script, stylesheet
from bot.widget.texts import choose, configuration, load_strings

SITE = Path(__file__).parent / "site"
MEDIA = {".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
SHORT = "public, max-age=300, stale-while-revalidate=86400"
LONG = "public, max-age=31536000, immutable"

Handler = Callable[[Request], Awaitable[Response]]


def routes(clinic: Clinic, settings: Settings) -> list[Route]:
    """To be mounted at the root."""
    css = Asset.of(stylesheet(), "text/css")
    version = css.tag.strip('"')
    served = [
        _route("/widget.js", Asset.of(script(version), "text/javascript"), SHORT),
        _route("/widget/widget.css", css, LONG),
        Route("/widget/config.json", _configuration(clinic), methods=["GET"]),
    ]
    for path in sorted((SITE / "files").iterdir()) + sorted((SITE / "fonts").glob("*.woff2")):
        body = path.read_bytes() if path.suffix == ".woff2" else path.read_text(encoding="utf-8")
        served.append(_route(f"/site/{path.name}", Asset.of(body, MEDIA[path.suffix]), SHORT))
    words = yaml.safe_load((SITE / "words.yml").read_text(encoding="utf-8"))
    jinja = Environment(loader=FileSystemLoader(SITE), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    scheme = "https" if settings.env == "production" else ""  # TLS ends before the gateway
    facts = {
        "slug": clinic.slug,
        "scheme": scheme,
        "clinic": clinic,
        "values": clinic.values,
        "week": _week(clinic, words["days"]),
        "words": words,
    }
    return [*served, _page("/", "index.html", jinja, facts), _page("/embed", "embed.html", jinja, facts)]


def _route(path: str, asset: Asset, cache: str) -> Route:
    async def serve(request: Request) -> Response:
        return asset.response(request, cache)

    return Route(path, serve, methods=["GET"])


def _configuration(clinic: Clinic) -> Handler:
    strings = load_strings()
    ready = {
        language: Asset.of(json.dumps(configuration(language, clinic, strings), ensure_ascii=False), "application/json")
        for language in strings
    }

    async def serve(request: Request) -> Response:
        return ready[choose(request.query_params.get("languages", ""), clinic, strings)].response(request, "no-cache")

    return serve


def _page(path: str, template: str, jinja: Environment, facts: dict[str, object]) -> Route:
    made = jinja.get_template(template)

    async def serve(request: Request) -> Response:
        # The address that the browser used: snippets must be right when copied.
        here = f"{facts['scheme'] or request.url.scheme}://{request.headers.get('host', request.url.netloc)}"
        return Asset.of(made.render(facts, here=here), "text/html").response(request, "no-cache")

    return Route(path, serve, methods=["GET"])


def _week(clinic: Clinic, days: list[str]) -> list[tuple[str, list[str]]]:
    """Each day's name and opening ranges; none when it is closed."""
    return [
        (name, [f"{start:%H:%M}–{end:%H:%M}" for start, end in clinic.hours.get(day, ())])
        for day, name in enumerate(days)
    ]
