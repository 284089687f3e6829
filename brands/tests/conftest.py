from tokens.tests.conftest import alice_page, api, full_buckets, sandbox, sandbox_server, shop

__all__ = ["alice_page", "api", "full_buckets", "sandbox", "sandbox_server", "shop"]
