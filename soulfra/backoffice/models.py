from django.db import models


class RoleGrant(models.Model):
    """A permission that the shop has given a role. It is given once, so what an owner takes away stays away."""

    role = models.CharField(max_length=150)
    permission = models.CharField(max_length=255, help_text="“app.codename”.")

    class Meta:
        db_table = "role_grants"
        constraints = [models.UniqueConstraint(fields=["role", "permission"], name="role_grants_once")]

    def __str__(self) -> str:
        return f"{self.permission} for {self.role}"
