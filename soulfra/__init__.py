"""The composition root: settings, addresses, API wiring. It may import every app; no app imports it."""
