"""What `./dev` runs: the virtual environment, a shop's processes, the checks, and what tests need. Not production."""
