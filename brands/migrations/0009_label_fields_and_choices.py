import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0008_skipped_rows_of_an_earlier_shape"),
        ("tokens", "0019_label_fields_and_choices"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="judgedrows",
            options={"verbose_name_plural": "judged rows"},
        ),
        migrations.AlterField(
            model_name="analysis",
            name="duration_ms",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="duration (ms)"),
        ),
        migrations.AlterField(
            model_name="analysis",
            name="lease_until",
            field=models.DateTimeField(
                blank=True, help_text="Reserved for one worker until then.", null=True, verbose_name="reserved until"
            ),
        ),
        migrations.AlterField(
            model_name="analysis",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="analyses",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="brand",
            name="csv_import",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="brands",
                to="brands.csvimport",
                verbose_name="CSV import",
            ),
        ),
        migrations.AlterField(
            model_name="brand",
            name="is_lookalike",
            field=models.BooleanField(
                default=False,
                help_text="Mixes letters from several scripts, as spoofed domains do.",
                verbose_name="lookalike domain",
            ),
        ),
        migrations.AlterField(
            model_name="brand",
            name="is_staged",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="Part of an import in progress.",
                verbose_name="import in progress",
            ),
        ),
        migrations.AlterField(
            model_name="brand",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="brands",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="csvimport",
            name="fee_hold",
            field=models.OneToOneField(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="csv_import_fee",
                to="tokens.tokenusage",
                verbose_name="hold for the file fee",
            ),
        ),
        migrations.AlterField(
            model_name="csvimport",
            name="lease_until",
            field=models.DateTimeField(
                blank=True, help_text="Reserved for one worker until then.", null=True, verbose_name="reserved until"
            ),
        ),
        migrations.AlterField(
            model_name="csvimport",
            name="payers",
            field=models.JSONField(
                default=list,
                help_text="Pairs of a source and how many rows it pays for, in the order of the file.",
                verbose_name="payment by row",
            ),
        ),
        migrations.AlterField(
            model_name="csvimport",
            name="sha256",
            field=models.CharField(help_text="Digest of the uploaded file.", max_length=64, verbose_name="SHA-256"),
        ),
        migrations.AlterField(
            model_name="csvimport",
            name="staged",
            field=models.PositiveIntegerField(default=0, help_text="Rows processed so far.", verbose_name="processed"),
        ),
        migrations.AlterField(
            model_name="csvimport",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="csv_imports",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="csvimport",
            name="wanted",
            field=models.PositiveIntegerField(default=0, help_text="Rows to import.", verbose_name="to import"),
        ),
        migrations.AlterField(
            model_name="export",
            name="format",
            field=models.CharField(choices=[("json", "JSON"), ("csv", "CSV")], max_length=4),
        ),
        migrations.AlterField(
            model_name="export",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="exports",
                to=settings.AUTH_USER_MODEL,
                verbose_name="customer",
            ),
        ),
        migrations.AlterField(
            model_name="judgedrows",
            name="csv_import",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="judged_rows",
                to="brands.csvimport",
                verbose_name="CSV import",
            ),
        ),
        migrations.AlterField(
            model_name="skippedrow",
            name="csv_import",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="skipped_rows",
                to="brands.csvimport",
                verbose_name="CSV import",
            ),
        ),
    ]
