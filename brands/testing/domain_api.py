"""How tests call the API of domains, and what it says of one."""

DOMAINS = "/api/domains"
OCEAN = {
    "domain": "ocean.com",
    "name": "Ocean",
    "slug": "ocean",
    "category": None,
    "tier": "foundation",
    "emoji": "",
    "brand_type": "",
    "tagline": "",
    "target_audience": "",
    "purpose": "",
    "industry": "",
    "region": "",
    "strategy": "",
    "is_test": False,
    "is_lookalike": False,
}


def without_times(answer):
    return {key: value for key, value in answer.items() if key not in ("id", "created_at", "updated_at")}
