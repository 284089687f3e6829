"""The analysis of a brand: suggestions, strengths, risks and a score, by a language model or by bundled rules.

The rules never call themselves AI. Tokens are held first, captured for a result, given back for anything else.
"""
