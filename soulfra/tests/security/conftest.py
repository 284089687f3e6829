from tokens.tests.conftest import alice_page, api, sandbox, sandbox_server

__all__ = ["alice_page", "api", "sandbox", "sandbox_server"]
