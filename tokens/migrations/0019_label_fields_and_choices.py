import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0018_plain_words_in_the_back_office"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="dispute",
            name="amount_cents",
            field=models.PositiveBigIntegerField(verbose_name="amount"),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="evidence_due_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="evidence due"),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="reinstated_cents",
            field=models.PositiveIntegerField(default=0, help_text="Reinstated to date.", verbose_name="reinstated"),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="settled_currency",
            field=models.CharField(blank=True, max_length=3, verbose_name="settlement currency"),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="settled_kept",
            field=models.PositiveBigIntegerField(
                default=0, help_text="The part not reinstated.", verbose_name="not reinstated (settlement currency)"
            ),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="settled_taken",
            field=models.PositiveBigIntegerField(
                default=0,
                help_text="Withdrawn by Stripe's balance transactions.",
                verbose_name="withdrawn (settlement currency)",
            ),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="stripe_id",
            field=models.CharField(max_length=255, unique=True, verbose_name="Stripe ID"),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="disputes",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="withdrawn_cents",
            field=models.PositiveIntegerField(default=0, help_text="Withdrawn to date.", verbose_name="withdrawn"),
        ),
        migrations.AlterField(
            model_name="grant",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="grants",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="grantbatch",
            name="granted",
            field=models.PositiveIntegerField(default=0, verbose_name="customers granted"),
        ),
        migrations.AlterField(
            model_name="grantbatch",
            name="lease_until",
            field=models.DateTimeField(
                blank=True, help_text="Reserved for one worker until then.", null=True, verbose_name="reserved until"
            ),
        ),
        migrations.AlterField(
            model_name="grantbatch",
            name="unknown",
            field=models.JSONField(
                default=list, help_text="Addresses that belong to no customer.", verbose_name="unknown addresses"
            ),
        ),
        migrations.AlterField(
            model_name="grantbatch",
            name="worked",
            field=models.PositiveIntegerField(
                default=0, help_text="How many addresses have been processed.", verbose_name="processed"
            ),
        ),
        migrations.AlterField(
            model_name="hourclosing",
            name="last_entry_id",
            field=models.BigIntegerField(
                help_text="The newest entry by then: later ones are looked for behind it.",
                verbose_name="last ledger entry",
            ),
        ),
        migrations.AlterField(
            model_name="hourclosing",
            name="worth_cents",
            field=models.BigIntegerField(verbose_name="value"),
        ),
        migrations.AlterField(
            model_name="hourlytotal",
            name="movement",
            field=models.CharField(
                choices=[
                    ("sold", "Sold"),
                    ("allowed", "From memberships"),
                    ("granted", "Granted"),
                    ("deducted", "Deducted"),
                    ("consumed", "Recognised (used)"),
                    ("held", "Net change in holds"),
                    ("refunded", "Refunded"),
                    ("charged_back", "Disputed"),
                    ("restored", "Restored"),
                    ("expired", "Expired"),
                    ("debt", "Debt recovered"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="hourlytotal",
            name="worth_cents",
            field=models.BigIntegerField(verbose_name="value"),
        ),
        migrations.AlterField(
            model_name="idempotencykey",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="mail",
            name="html",
            field=models.TextField(blank=True, verbose_name="HTML"),
        ),
        migrations.AlterField(
            model_name="mail",
            name="message_id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name="Message-ID"),
        ),
        migrations.AlterField(
            model_name="mail",
            name="next_try_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="next attempt at"),
        ),
        migrations.AlterField(
            model_name="mail",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="mails",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="mutedmail",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="muted_mails",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="purchase",
            name="amount_cents",
            field=models.PositiveIntegerField(
                help_text="The price when ordered, in the currency's smallest unit.", verbose_name="list price"
            ),
        ),
        migrations.AlterField(
            model_name="purchase",
            name="checkout_url",
            field=models.CharField(blank=True, max_length=2000, verbose_name="checkout URL"),
        ),
        migrations.AlterField(
            model_name="purchase",
            name="status",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("processing", "Processing"),
                    ("completed", "Completed"),
                    ("failed", "Failed"),
                    ("expired", "Expired"),
                    ("partially_refunded", "Partially refunded"),
                    ("refunded", "Refunded"),
                ],
                default="pending",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="purchase",
            name="stripe_checkout_session_id",
            field=models.CharField(
                blank=True, max_length=255, null=True, unique=True, verbose_name="Stripe Checkout Session ID"
            ),
        ),
        migrations.AlterField(
            model_name="purchase",
            name="stripe_invoice_id",
            field=models.CharField(
                blank=True, max_length=255, null=True, unique=True, verbose_name="Stripe invoice ID"
            ),
        ),
        migrations.AlterField(
            model_name="purchase",
            name="stripe_payment_intent_id",
            field=models.CharField(
                blank=True, max_length=255, null=True, unique=True, verbose_name="Stripe PaymentIntent ID"
            ),
        ),
        migrations.AlterField(
            model_name="purchase",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="purchases",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="purchasetotal",
            name="cents",
            field=models.BigIntegerField(default=0, help_text="In the smallest unit.", verbose_name="amount"),
        ),
        migrations.AlterField(
            model_name="purchasetotal",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="purchase_totals",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="refund",
            name="amount_cents",
            field=models.PositiveIntegerField(help_text="In the purchase's currency.", verbose_name="amount"),
        ),
        migrations.AlterField(
            model_name="refund",
            name="failure",
            field=models.CharField(
                blank=True, help_text="Why it failed.", max_length=500, verbose_name="failure reason"
            ),
        ),
        migrations.AlterField(
            model_name="refund",
            name="stripe_cents",
            field=models.PositiveBigIntegerField(blank=True, null=True, verbose_name="amount at Stripe"),
        ),
        migrations.AlterField(
            model_name="refund",
            name="stripe_currency",
            field=models.CharField(blank=True, max_length=3, verbose_name="currency at Stripe"),
        ),
        migrations.AlterField(
            model_name="refund",
            name="stripe_id",
            field=models.CharField(blank=True, max_length=255, null=True, unique=True, verbose_name="Stripe ID"),
        ),
        migrations.AlterField(
            model_name="refund",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="refundrequest",
            name="amount_cents",
            field=models.PositiveIntegerField(verbose_name="amount"),
        ),
        migrations.AlterField(
            model_name="refundrequest",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds_requested",
                to=settings.AUTH_USER_MODEL,
                verbose_name="requested by",
            ),
        ),
        migrations.AlterField(
            model_name="reversal",
            name="disputed_cents",
            field=models.PositiveIntegerField(
                default=0, help_text="What disputes had taken and not reinstated by then.", verbose_name="disputed"
            ),
        ),
        migrations.AlterField(
            model_name="reversal",
            name="refunded_cents",
            field=models.PositiveIntegerField(default=0, help_text="Refunded by then.", verbose_name="refunded"),
        ),
        migrations.AlterField(
            model_name="reversal",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="staffact",
            name="request_id",
            field=models.CharField(
                blank=True, help_text="Finds the request in the logs.", max_length=64, verbose_name="request ID"
            ),
        ),
        migrations.AlterField(
            model_name="staffnote",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="staff_notes",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="stripecustomer",
            name="stripe_id",
            field=models.CharField(blank=True, max_length=255, null=True, unique=True, verbose_name="Stripe ID"),
        ),
        migrations.AlterField(
            model_name="stripecustomer",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="stripe_customer",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="stripeevent",
            name="api_version",
            field=models.CharField(blank=True, max_length=40, verbose_name="API version"),
        ),
        migrations.AlterField(
            model_name="stripeevent",
            name="done_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="processed at"),
        ),
        migrations.AlterField(
            model_name="stripeevent",
            name="livemode",
            field=models.BooleanField(verbose_name="live mode"),
        ),
        migrations.AlterField(
            model_name="stripeevent",
            name="next_try_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="next attempt at"),
        ),
        migrations.AlterField(
            model_name="stripeevent",
            name="stripe_id",
            field=models.CharField(max_length=255, unique=True, verbose_name="Stripe ID"),
        ),
        migrations.AlterField(
            model_name="tokenusage",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[("caller", "API client"), ("expired", "Expired")],
                max_length=10,
                verbose_name="released by",
            ),
        ),
        migrations.AlterField(
            model_name="tokenusage",
            name="status",
            field=models.CharField(
                choices=[("held", "On hold"), ("spent", "Spent"), ("released", "Released")],
                default="spent",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="tokenusage",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="token_usage",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="usagetotal",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="usage_totals",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="blocked_at",
            field=models.DateTimeField(
                blank=True, help_text="When staff suspended spending.", null=True, verbose_name="suspended at"
            ),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="due_at",
            field=models.DateTimeField(
                blank=True, help_text="When the next credit block may expire.", null=True, verbose_name="next expiry"
            ),
        ),
        migrations.AlterField(
            model_name="wallet",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                primary_key=True,
                related_name="wallet",
                serialize=False,
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
    ]
