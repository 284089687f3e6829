"""One customer's statement: every movement of tokens, one line an event, with the balance after it."""
