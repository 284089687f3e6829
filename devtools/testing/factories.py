"""People for tests. Everybody's password is `PASSWORD`."""

from typing import Any

from factory.declarations import LazyAttribute, Sequence
from factory.django import DjangoModelFactory, Password
from factory.helpers import post_generation

from accounts.models import User
from accounts.sign_in.verification import verify

PASSWORD = "correct-horse-battery"


class UserFactory(DjangoModelFactory[User]):
    """A customer."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = Sequence(lambda n: f"customer{n}")
    email = LazyAttribute(lambda user: f"{user.username}@example.com")
    password = Password(PASSWORD)

    @post_generation
    def confirmed(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """The address, as of everybody who signed up; `confirmed=False` leaves that out."""
        if create and extracted is not False:
            verify(self)  # type: ignore[arg-type]  # by now it is a user


class StaffFactory(UserFactory):
    """A member of staff who may do everything."""

    is_staff = True
    is_superuser = True
