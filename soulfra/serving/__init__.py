"""The web server: how it listens, which bodies it takes, and what it answers where no view does."""
