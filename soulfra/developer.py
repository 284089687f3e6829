"""The functions for developers, importable from this one place (`manage.py shell`, scripts, notebooks).

>>> from soulfra.developer import get_token_balance, spend_tokens, simulate_token_purchase
>>> simulate_token_purchase(user_id, "pro")                        # a marked Purchase, no money moves
>>> spend_tokens(user_id, "import_domain", {"domain": "x.com"})    # True, or False when too few are available
>>> get_token_balance(user_id)                                     # 499
"""

from tokens.purchases import simulate_token_purchase
from tokens.spending import get_token_balance, spend_tokens

__all__ = ["get_token_balance", "simulate_token_purchase", "spend_tokens"]
