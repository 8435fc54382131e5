"""The API's errors."""

from __future__ import annotations

from typing import Final, NoReturn

_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


class ApiError(Exception):
    """A request that gets an error instead of an answer."""

    def __init__(self, status: int, message: str, *, headers: dict[str, str] | None = None) -> None:
        """Keep the HTTP status, the message and any headers."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}

    def body(self, request_id: str) -> dict[str, object]:
        """Return the body as documented."""
        error = {"type": _TYPES[self.status], "message": self.message}
        return {"type": "error", "error": error, "request_id": request_id}


def bad_request(message: str) -> ApiError:
    """Return the error for a request that breaks a rule."""
    return ApiError(400, message)


def refuse(message: str) -> NoReturn:
    """Raise the error for a request that breaks a rule."""
    raise bad_request(message)
