from django.conf import settings
from django.db import models
from django.utils import timezone


class RoleGrant(models.Model):
    """A permission that the shop has given a role. It is given once, so what an owner takes away stays away."""

    role = models.CharField(max_length=150)
    permission = models.CharField(max_length=255, help_text="“app.codename”.")

    class Meta:
        db_table = "role_grants"
        constraints = [models.UniqueConstraint(fields=["role", "permission"], name="role_grants_once")]

    def __str__(self) -> str:
        return f"{self.permission} for {self.role}"


class StaffInvitation(models.Model):
    """Lets one member of staff set up the second factor: once, soon, and at the address it was made for."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(help_text="The account's address at the time; with another one the link is void.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty: whoever runs commands on the server.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "staff_invitations"

    def __str__(self) -> str:
        return f"Invitation {self.pk} for {self.user}"
