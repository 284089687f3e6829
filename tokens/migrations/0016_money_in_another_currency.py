import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Beside what counts in the purchase's currency, disputes and refunds keep what Stripe said, in the currency it said."""

    dependencies = [
        ("tokens", "0015_events_that_are_not_ours"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_has_an_amount",
        ),
        migrations.AddField(
            model_name="dispute",
            name="currency",
            field=models.CharField(default="", max_length=3),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="dispute",
            name="settled_currency",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddField(
            model_name="dispute",
            name="settled_kept",
            field=models.PositiveBigIntegerField(default=0, help_text="Of that, not given back."),
        ),
        migrations.AddField(
            model_name="dispute",
            name="settled_taken",
            field=models.PositiveBigIntegerField(default=0, help_text="Taken by Stripe's balance transactions."),
        ),
        migrations.AddField(
            model_name="dispute",
            name="stated_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="dispute",
            name="stated_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="stated_cents",
            field=models.PositiveIntegerField(
                blank=True, help_text="What staff say it comes to, in the purchase's currency.", null=True
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="unclear",
            field=models.CharField(
                blank=True,
                help_text="Why Stripe's figures don't say what this comes to; it waits for staff.",
                max_length=300,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="stated_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="refund",
            name="stated_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="stated_cents",
            field=models.PositiveIntegerField(
                blank=True, help_text="What staff say it comes to, in the purchase's currency.", null=True
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="stripe_cents",
            field=models.PositiveBigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="refund",
            name="stripe_currency",
            field=models.CharField(blank=True, max_length=3),
        ),
        migrations.AddField(
            model_name="refund",
            name="unclear",
            field=models.CharField(
                blank=True,
                help_text="Why Stripe's figures don't say what this comes to; it waits for staff.",
                max_length=300,
            ),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="amount_cents",
            field=models.PositiveBigIntegerField(),
        ),
        migrations.AlterField(
            model_name="refund",
            name="amount_cents",
            field=models.PositiveIntegerField(help_text="What counts, in the purchase's currency."),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("unclear", ""), _negated=True), fields=["-id"], name="disputes_held_for_staff"
            ),
        ),
        migrations.AddIndex(
            model_name="refund",
            index=models.Index(
                condition=models.Q(("unclear", ""), _negated=True), fields=["-id"], name="refunds_held_for_staff"
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_cents__gt", 0), models.Q(("stripe_currency", ""), _negated=True), _connector="OR"
                ),
                name="refund_has_an_amount_or_another_currency",
            ),
        ),
    ]
