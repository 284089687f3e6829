from django.db import migrations

COPY = """
    UPDATE purchases SET
        invoice_url = (SELECT url FROM membership_invoices WHERE purchase_id = purchases.id),
        invoice_pdf = (SELECT pdf_url FROM membership_invoices WHERE purchase_id = purchases.id)
    WHERE id IN (SELECT purchase_id FROM membership_invoices)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("memberships", "0010_limit_tokens_of_plans"),
        ("tokens", "0032_invoices_and_tax"),
    ]

    operations = [migrations.RunSQL(COPY, migrations.RunSQL.noop)]
