"""The second factor: an authenticator app with recovery codes. allauth stores and checks it; this says what it is good
for: which proofs an account wants, each code once, its secrets encrypted.
"""
