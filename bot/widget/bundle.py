"""Makes one small script of the widget's modules when a program starts: joined in order, comments left out.

The modules stay what a browser and a type checker can read by themselves. So their top-level names must differ, they
may import only named things, and no string of theirs may hold a comment's signs; the browser tests run the result.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z]+)\.js";\n', re.MULTILINE)
BLOCK_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)
LINE_COMMENT = re.compile(r"(?:^|\s)//\s.*$", re.MULTILINE)
INDENT = re.compile(r"\n\s*")


@dataclass(frozen=True)
class Asset:
    """A file in memory, compressed once."""

    body: bytes
    packed: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, body: str | bytes, media_type: str) -> Asset:
        """Of a text or of bytes that are packed already (fonts)."""
        raw = body.encode() if isinstance(body, str) else body
        packed = gzip.compress(raw, 9, mtime=0) if isinstance(body, str) else raw
        return cls(raw, packed, media_type, f'"{hashlib.sha256(raw).hexdigest()[:16]}"')

    def response(self, request: Request, cache: str) -> Response:
        """As the request takes it: packed, plain, or "you have it already". Any site's page may load it."""
        headers = {
            "Cache-Control": cache,
            "ETag": self.tag,
            "Vary": "Accept-Encoding, Origin",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if request.headers.get("if-none-match") == self.tag:
            return Response(status_code=304, headers=headers)
        takes = "gzip" in request.headers.get("accept-encoding", "")
        if not takes or self.packed is self.body:
            return Response(self.body, headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.packed, headers=headers, media_type=self.media_type)


def stylesheet() -> str:
    """widget.css without comments and indentation."""
    return strip((STATIC / "widget.css").read_text(encoding="utf-8"))


def script(version: str) -> str:
    """widget.js with everything it imports."""
    return strip(_join("widget", [])).replace("__VERSION__", version)


def strip(source: str) -> str:
    """The same program with less to carry."""
    source = LINE_COMMENT.sub("", BLOCK_COMMENT.sub("", source))
    return INDENT.sub("\n", source).strip() + "\n"


def _join(name: str, seen: list[str]) -> str:
    """A module after everything it needs."""
    if name in seen:
        return ""
    seen.append(name)
    source = (STATIC / f"{name}.js").read_text(encoding="utf-8")
    needed = "".join(_join(other, seen) for other in IMPORT.findall(source))
    own = IMPORT.sub("", source)
    return needed + re.sub(r"^export (?=const|class|function|async)", "", own, flags=re.MULTILINE)
