"""What engineers read at /api/docs: guides, the reference, every problem, and what changed."""
