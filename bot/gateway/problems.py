"""Errors as RFC 9457 problem documents. `detail` may be shown to a patient; everything else is for programs."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse


class ProblemError(Exception):
    """Raise it anywhere in a request; the application answers with it."""

    def __init__(self, status: int, detail: str = "", *, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(status)
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.more = more

    def response(self) -> JSONResponse:
        """The document."""
        body = {"type": "about:blank", "title": HTTPStatus(self.status).phrase, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        return JSONResponse(
            {**body, **self.more}, self.status, headers=self.headers, media_type="application/problem+json"
        )


def later(status: int, detail: str, seconds: float) -> ProblemError:
    """A problem that passes: try again after so many seconds."""
    return ProblemError(status, detail, headers={"Retry-After": str(max(1, int(seconds + 0.999)))})
