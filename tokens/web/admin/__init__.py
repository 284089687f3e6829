"""What every back-office page shares, in every app: actions that happen once, long lists, searches, links, history."""
