"""Emails that come before a customer runs dry: a low or empty balance, tokens that expire, a hold that ran out."""
