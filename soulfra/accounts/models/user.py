from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A customer or a member of staff; our own class from the first migration, so that it can grow."""
