import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0034_forgetting_and_expiry"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="wallet",
            name="alert_below",
            field=models.BigIntegerField(
                db_default=10, default=10, help_text="Fewer available tokens are a low balance; 0 for never."
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="alert_is_chosen",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether the customer chose it; if not, it follows the last pack.",
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="day_limit",
            field=models.BigIntegerField(
                blank=True, help_text="Tokens; empty for none.", null=True, verbose_name="daily limit"
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="told",
            field=models.SmallIntegerField(choices=[(0, "Nothing"), (1, "Low"), (2, "Empty")], db_default=2, default=2),
        ),
        migrations.AddField(
            model_name="wallet",
            name="month_limit",
            field=models.BigIntegerField(
                blank=True, help_text="Tokens; empty for none.", null=True, verbose_name="monthly limit"
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="top_up_below",
            field=models.BigIntegerField(
                blank=True, help_text="Fewer available tokens are topped up; empty for no automatic top-up.", null=True
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="top_up_is_armed",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Whether there were as many since the last automatic top-up."
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="spent_in_day",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="spent that day"),
        ),
        migrations.AddField(
            model_name="wallet",
            name="spent_in_month",
            field=models.BigIntegerField(db_default=0, default=0, verbose_name="spent that month"),
        ),
        migrations.AddField(
            model_name="wallet",
            name="spent_on",
            field=models.DateField(blank=True, null=True, verbose_name="last spent on"),
        ),
        migrations.AddField(
            model_name="wallet",
            name="is_low",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(
                        models.Q(
                            models.Q(("alert_below__gt", 0), ("told__lt", 2), ("frozen__gte", models.F("balance"))),
                            models.Q(
                                ("told__lt", 1),
                                (
                                    "alert_below__gt",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("balance"), "-", models.F("frozen")
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        then=models.Value(True),
                    ),
                    default=models.Value(False),
                    output_field=models.BooleanField(),
                ),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="needs_top_up",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(
                        models.Q(
                            (
                                "top_up_below__gt",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("balance"), "-", models.F("frozen")
                                ),
                            ),
                            ("top_up_is_armed", True),
                        ),
                        then=models.Value(True),
                    ),
                    default=models.Value(False),
                    output_field=models.BooleanField(),
                ),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.AddIndex(
            model_name="wallet",
            index=models.Index(condition=models.Q(("is_low", True)), fields=["user"], name="wallets_low"),
        ),
        migrations.AddIndex(
            model_name="wallet",
            index=models.Index(condition=models.Q(("needs_top_up", True)), fields=["user"], name="wallets_to_top_up"),
        ),
    ]
