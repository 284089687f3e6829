from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def list_removed_cards(apps: Any, schema_editor: Any) -> None:
    """Cards that were removed and not forgotten at Stripe yet go on to be."""
    saved, to_forget = apps.get_model("tokens", "SavedCard"), apps.get_model("tokens", "CardToForget")
    removed, now = saved.objects.exclude(remove_at=None), timezone.now()
    for card in removed:
        to_forget.objects.create(stripe_id=card.stripe_id, user_id=card.user_id, next_try_at=now, created_at=now)
    removed.delete()


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0041_ask_the_rules_of_rows_in_less_time"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CardToForget",
            fields=[
                (
                    "stripe_id",
                    models.CharField(
                        max_length=255, primary_key=True, serialize=False, verbose_name="Stripe PaymentMethod ID"
                    ),
                ),
                ("next_try_at", models.DateTimeField(blank=True, null=True, verbose_name="next attempt at")),
                ("attempts", models.PositiveIntegerField(default=0, help_text="How often a worker took it.")),
                ("created_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cards_to_forget",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "db_table": "cards_to_forget",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_try_at__isnull", False)),
                        fields=["next_try_at"],
                        name="cards_still_to_forget",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CardWish",
            fields=[
                (
                    "purchase",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="card_wish",
                        serialize=False,
                        to="tokens.purchase",
                    ),
                ),
                ("text", models.TextField(help_text="What was read and ticked.")),
                ("card", models.CharField(blank=True, max_length=50)),
                ("next_try_at", models.DateTimeField(blank=True, null=True, verbose_name="next attempt at")),
                ("attempts", models.PositiveIntegerField(default=0, help_text="How often it was looked at.")),
            ],
            options={
                "db_table": "card_wishes",
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_try_at__isnull", False)),
                        fields=["next_try_at"],
                        name="card_wishes_still_open",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="topup",
            name="card",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The one that was charged, or tried, last.",
                max_length=50,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(list_removed_cards, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="savedcard", name="cards_to_remove"),
        migrations.RemoveField(model_name="savedcard", name="remove_at"),
    ]
