import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("memberships", "0008_read_through_the_subscription"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="gift",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gifts_made",
                to=settings.AUTH_USER_MODEL,
                verbose_name="added by",
            ),
        ),
        migrations.AlterField(
            model_name="gift",
            name="ended_at",
            field=models.DateTimeField(
                blank=True, help_text="When staff revoked it early.", null=True, verbose_name="revoked at"
            ),
        ),
        migrations.AlterField(
            model_name="gift",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gifts_ended",
                to=settings.AUTH_USER_MODEL,
                verbose_name="revoked by",
            ),
        ),
        migrations.AlterField(
            model_name="gift",
            name="ended_reason",
            field=models.CharField(blank=True, max_length=500, verbose_name="revocation reason"),
        ),
        migrations.AlterField(
            model_name="gift",
            name="until",
            field=models.DateTimeField(verbose_name="expires on"),
        ),
        migrations.AlterField(
            model_name="gift",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="gifts",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="pdf_url",
            field=models.CharField(blank=True, max_length=2000, verbose_name="PDF"),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="url",
            field=models.CharField(blank=True, max_length=2000, verbose_name="URL"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="payment_order",
            field=models.CharField(
                choices=[("tokens_first", "Tokens first"), ("membership_first", "Membership first")],
                default="tokens_first",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="stripe_subscription_id",
            field=models.CharField(blank=True, max_length=255, verbose_name="Stripe subscription ID"),
        ),
        migrations.AlterField(
            model_name="membership",
            name="tier",
            field=models.ForeignKey(
                db_column="tier",
                default="free",
                help_text="The paid plan.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="memberships",
                to="memberships.plan",
                verbose_name="paid plan",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                primary_key=True,
                related_name="membership",
                serialize=False,
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="planprice",
            name="amount_cents",
            field=models.PositiveIntegerField(verbose_name="price"),
        ),
        migrations.AlterField(
            model_name="planprice",
            name="stripe_id",
            field=models.CharField(max_length=255, unique=True, verbose_name="Stripe ID"),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="amount_cents",
            field=models.PositiveIntegerField(
                help_text="Per month, in the currency's smallest unit, as agreed by this customer.",
                verbose_name="price",
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="ending_done_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="cancellation completed at"),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="invoice_url",
            field=models.CharField(
                blank=True,
                help_text="Where the customer can pay an open invoice.",
                max_length=2000,
                verbose_name="invoice URL",
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="item_id",
            field=models.CharField(
                help_text="The subscription item that a plan change updates.",
                max_length=255,
                verbose_name="Stripe item ID",
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="schedule_id",
            field=models.CharField(
                blank=True,
                help_text="The Stripe schedule that changes the plan at the end of the period.",
                max_length=255,
                verbose_name="Stripe schedule ID",
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="stripe_id",
            field=models.CharField(max_length=255, unique=True, verbose_name="Stripe ID"),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="subscriptions",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="wanted_plan",
            field=models.ForeignKey(
                blank=True,
                help_text="The plan requested by that change.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="memberships.plan",
                verbose_name="requested plan",
            ),
        ),
    ]
