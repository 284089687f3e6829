"""The release before this one, beside whose code this one's migrations run."""

# Its newest migrations. With each release this moves on to what it ended with.
RELEASED = {
    "accounts": "0013_existing_addresses_count_as_confirmed",
    "backoffice": "0002_staff_invitations",
    "brands": "0009_label_fields_and_choices",
    "memberships": "0010_limit_tokens_of_plans",
    "tokens": "0026_keep_the_rules",
}


def since_the_release(loader):
    """Each migration of the shop's that came after the release."""
    for node in loader.graph.nodes:
        if node[0] in RELEASED and node[1] > RELEASED[node[0]]:
            yield loader.disk_migrations[node]
