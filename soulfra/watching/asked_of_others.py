"""How long Stripe, the mail server and a language model took: counted where figures are wanted."""

from soulfra.watching import metrics
from tokens.timing import Asked, when_asked


@when_asked
def count(asked: Asked) -> None:
    """One more observation; nothing where nobody can ask for figures."""
    if metrics.is_on():
        metrics.calls().labels(asked.to, asked.operation, asked.outcome).observe(asked.seconds)
