"""When something of a subscription comes due: by the sandbox's clock, or by the test clock that it lives under."""

from stripe_sandbox.objects.documents import Document


def set(document: Document, at: int | None) -> None:
    """Set when a document is due next (Unix seconds; None: never). The caller saves it."""
    if document.body.get("test_clock"):
        document.private["due_at"] = at
    else:
        document.due_at = at
