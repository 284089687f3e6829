"""Who the customers are and how their programs sign in: users, sign-up pages, API keys."""
