"""Refusals as Stripe words them: https://docs.stripe.com/api/errors."""

from typing import Any


def error_body(
    message: str, *, type: str = "invalid_request_error", code: str | None = None, **fields: Any
) -> dict[str, Any]:
    """Stripe's error object; `code` brings the page that explains it."""
    explained = (
        {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"} if code else {}
    )
    return {"message": message, "type": type, **explained, **fields}


class StripeError(Exception):
    """An answer with a status of 400 or more. Raising one undoes what the request changed (see CardError)."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = error_body(message, type=type, code=code, **({"param": param} if param else {}))

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.error}


class CardError(StripeError):
    """A refused payment, or a method that its bank refuses. The attempt happened, so what it recorded stays."""

    def __init__(self, error: dict[str, Any], *, intent: dict[str, Any] | None = None) -> None:
        """`error` is the intent's last one; `intent` is the PaymentIntent or SetupIntent (its body), as it is now."""
        super().__init__(error["message"], status=402, type="card_error")
        self.error = {**error, "type": "card_error"} | ({intent["object"]: intent} if intent else {})


class LostAnswer(Exception):
    """The work was done and its answer never arrives: the connection ends instead."""


_CALLED = {
    "billing_portal.configuration": "configuration",
    "payment_method": "PaymentMethod",
    "test_helpers.test_clock": "test clock",
}


def no_such(kind: str, id: str, *, param: str = "", status: int = 0) -> StripeError:
    """404 for an id in the address; a parameter that names an unknown object is a plain 400."""
    message = f"No such {_CALLED.get(kind, kind)}: '{id}'"
    return StripeError(message, status=status or (400 if param else 404), code="resource_missing", param=param or "id")


def missing(param: str) -> StripeError:
    """Stripe's error (400) for a required parameter that wasn't sent."""
    return StripeError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def unsupported(param: str, *, what: str | None = None) -> StripeError:
    """Better refused than ignored: an ignored discount would charge another amount than Stripe does."""
    return StripeError(
        f"The local Stripe sandbox does not support {what or param} yet; Stripe itself does.", param=param
    )
