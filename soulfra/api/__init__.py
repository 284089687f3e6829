"""The API as a whole: its framework, its description, and the fast path of busy programs."""
