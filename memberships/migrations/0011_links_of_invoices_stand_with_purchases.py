from django.db import migrations

MOVE = """
    UPDATE purchases SET
        invoice_url = (SELECT url FROM membership_invoices WHERE purchase_id = purchases.id),
        invoice_pdf = (SELECT pdf_url FROM membership_invoices WHERE purchase_id = purchases.id)
    WHERE id IN (SELECT purchase_id FROM membership_invoices)
"""
MOVE_BACK = """
    UPDATE membership_invoices SET
        url = (SELECT invoice_url FROM purchases WHERE purchases.id = purchase_id),
        pdf_url = (SELECT invoice_pdf FROM purchases WHERE purchases.id = purchase_id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("memberships", "0010_limit_tokens_of_plans"),
        ("tokens", "0030_invoices_and_tax"),
    ]

    operations = [
        migrations.RunSQL(MOVE, MOVE_BACK),
        migrations.RemoveField("invoice", "url"),
        migrations.RemoveField("invoice", "pdf_url"),
    ]
