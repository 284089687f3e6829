"""Checkout Sessions: what may be asked of one, what it sells, the forms of its page, and paying for it."""
