from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class User(AbstractUser):
    """A customer or a member of staff; our own class from the first migration, so that it can grow."""

    class Meta(AbstractUser.Meta):
        permissions = [
            ("reset_password", "Can send a customer the mail to choose a new password"),
            ("export_person", "Can export what is kept about a person"),
            ("anonymise_person", "Can anonymise a person"),
        ]
        indexes = [models.Index(Lower("email"), name="users_by_email")]
