"""The door of every web server: `soulfra.wsgi:application`. A shop set up in a way that could fake money stays shut."""

import os

from django.core import checks
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from soulfra import databases

os.umask(0o077)  # databases and exports are their owner's alone
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "soulfra.settings")
application = get_wsgi_application()
application.request_class = import_string("soulfra.serving.bodies.Request")  # not to be imported before the line above
databases.be_a_web_process()

if refusals := [check for check in checks.run_checks(tags=[checks.Tags.security]) if check.is_serious()]:
    raise SystemExit("\n".join(f"{check.msg} {check.hint or ''}" for check in refusals))
