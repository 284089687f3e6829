"""The functions for developers, importable from this one place (`manage.py shell`, scripts, notebooks).

>>> from soulfra.developer import get_token_balance, grant_tokens, spend_tokens, simulate_token_purchase
>>> simulate_token_purchase(user_id, "pro")                        # a marked Purchase, no money moves
>>> spend_tokens(user_id, "import_domain", {"domain": "x.com"})    # True, or False when too few are available
>>> get_token_balance(user_id)                                     # 499
>>> grant_tokens(user_id, 25, "Beta tester")                       # 524, the new balance; an entry says why
>>> get_membership(user_id).tier                                   # "free"
>>> export_domains(get_domains_by_tier("foundation"), "json")      # a text; charges nothing
>>> generate_pre_check_proof("domains.csv")["expected"]["total_domains"]
"""

from brands.bulk_import.proof import generate_pre_check_proof
from brands.reading import export_domains, get_domains_by_tier
from memberships.current import get_membership
from tokens.ledger.wallet import get_token_balance
from tokens.purchases.lifecycle import simulate_token_purchase
from tokens.spending.spends import spend_tokens
from tokens.staff.grants import grant_tokens

__all__ = [
    "export_domains",
    "generate_pre_check_proof",
    "get_domains_by_tier",
    "get_membership",
    "get_token_balance",
    "grant_tokens",
    "simulate_token_purchase",
    "spend_tokens",
]
