"""What tests of the back office do: hire people for a role, and press buttons as an impatient hand does."""

import re

from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.urls import reverse

from devtools.testing.factories import UserFactory


def hire(*roles, username=None):
    """A member of staff with these roles and nothing else."""
    member = UserFactory.create(username=username or "-".join(roles) or "nobody", is_staff=True)
    member.groups.set(Group.objects.filter(name__in=roles))
    return member


def page(model, verb, *args):
    return reverse(f"admin:{model}_{verb}", args=args)


def hidden(answer, name):
    """The value of a hidden field of a form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.content.decode())
    return found[1] if found else ""


def press(client, address, *, times=2, **fields):
    """Open the form behind a button, fill it and send it twice; gives the answers."""
    form = client.get(address)
    assert form.status_code == 200
    body = {"_form_submitted": "True", "form_key": hidden(form, "form_key"), "reason": "As agreed by phone", **fields}
    return [client.post(address, body) for _ in range(times)]


def told(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def words(answer):
    return " ".join(answer.content.decode().split())


def looked_at(client, dispute, role="support"):
    client.force_login(hire(role))
    return words(client.get(page("tokens_dispute", "change", dispute.pk)))
