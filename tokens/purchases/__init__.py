"""The life of a purchase: checkout, completion, refunds, disputes, and the tokens that they take back."""
