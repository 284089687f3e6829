from django.contrib import admin

from tokens.admin.view_only import ViewOnlyAdmin
from tokens.models import Mail, MutedMail


@admin.register(Mail)
class MailAdmin(ViewOnlyAdmin):
    """Letters as they were written, and what became of each."""

    list_display = ["id", "user", "kind", "subject", "status", "attempts", "last_error", "created_at", "sent_at"]
    list_filter = ["status", "kind", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email", "address", "about", "=id"]
    actions = None


@admin.register(MutedMail)
class MutedMailAdmin(ViewOnlyAdmin):
    list_display = ["user", "kind"]
    list_filter = ["kind"]
    list_select_related = ["user"]
    search_fields = ["user__username", "user__email"]
    actions = None
