from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0033_find_lines_of_statements"),
    ]

    operations = [
        migrations.AddField(
            model_name="accountmail",
            name="expires_at",
            field=models.DateTimeField(
                help_text="When its link is good no more; the shortest if not known.", null=True
            ),
        ),
        migrations.RemoveIndex(model_name="mail", name="mails_forgotten"),
        migrations.RemoveIndex(model_name="stripeevent", name="events_forgotten"),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                condition=models.Q(("is_forgotten", False)), fields=["created_at"], name="mails_to_forget"
            ),
        ),
        migrations.AddIndex(
            model_name="stripeevent",
            index=models.Index(
                condition=models.Q(("is_forgotten", False)), fields=["received_at"], name="events_to_forget"
            ),
        ),
    ]
