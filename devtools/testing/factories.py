"""People for tests. Everybody's password is `PASSWORD`."""

from factory.declarations import LazyAttribute, Sequence
from factory.django import DjangoModelFactory, Password

from accounts.models import User

PASSWORD = "correct-horse-battery"


class UserFactory(DjangoModelFactory[User]):
    """A customer."""

    class Meta:
        model = User

    username = Sequence(lambda n: f"customer{n}")
    email = LazyAttribute(lambda user: f"{user.username}@example.com")
    password = Password(PASSWORD)


class StaffFactory(UserFactory):
    """A member of staff who may do everything."""

    is_staff = True
    is_superuser = True
