"""The few middlewares that an API call passes are loaded beside those of the pages."""

from django.conf import settings

from soulfra.middleware import ApiHandler
from tokens.web.refusals import RefusalMiddleware


def test_loading_them_leaves_those_of_the_pages_alone_for_whoever_loads_them_at_the_same_moment(monkeypatch):
    of_pages, seen = list(settings.MIDDLEWARE), []
    before = RefusalMiddleware.__init__

    def watched(self, get_response):
        seen.append(list(settings.MIDDLEWARE))
        before(self, get_response)

    monkeypatch.setattr(RefusalMiddleware, "__init__", watched)
    ApiHandler().load_middleware()
    assert seen == [of_pages]
