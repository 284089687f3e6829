"""`benchmarks.plain:application`: the shop as it is served, but with REST framework's view for every call."""

from soulfra.wsgi import application as application  # isort: skip  it sets Django up, which the line below needs
from soulfra.api import fast_path

fast_path.CALLS.clear()
