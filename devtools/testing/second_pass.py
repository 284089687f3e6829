"""What `./dev test` runs again on SQLite, and why that is enough."""

# `./dev test` has run everything on PostgreSQL before. Again on SQLite runs what its own SQL, triggers, locks, plans or
# migrations could break: how tokens are written, what is read by more than a lookup, and one way through each door.
# What a page says, who may do what and what Stripe answers is the same on both, and `running_shop` has knocked at every
# door of a shop on SQLite in the first pass. A plain `pytest` runs all that SQLite can.
AGAIN_ON_SQLITE = """
    accounts/tests/api_keys/test_api_keys.py
    accounts/tests/pages/test_pages.py
    brands/tests/analysis/test_analysis.py
    brands/tests/bulk_import/test_csv_import.py
    brands/tests/bulk_import/test_csv_meanwhile.py
    brands/tests/bulk_import/test_csv_quotes.py
    brands/tests/bulk_import/test_csv_statements.py
    brands/tests/bulk_import/test_csv_workers.py
    brands/tests/bulk_import/test_proof.py
    brands/tests/bulk_import/test_skipped_rows.py
    brands/tests/domains/test_importing.py
    brands/tests/domains/test_query_by_tier.py
    brands/tests/exports/test_export_charges.py
    brands/tests/exports/test_exporting.py
    brands/tests/exports/test_kept_exports.py
    brands/tests/exports/test_lost_files.py
    devtools/tests/test_shipped_rows.py
    memberships/tests/subscriptions/test_duplicates.py
    memberships/tests/subscriptions/test_endings.py
    memberships/tests/subscriptions/test_order_of_news.py
    memberships/tests/subscriptions/test_plan_changes.py
    memberships/tests/subscriptions/test_renewals.py
    memberships/tests/subscriptions/test_subscribing.py
    soulfra/backoffice/tests/access/test_every_button.py
    soulfra/backoffice/tests/lists/test_long_lists.py
    soulfra/backoffice/tests/pages/test_dashboard_page.py
    soulfra/backoffice/tests/pages/test_search.py
    soulfra/tests/setup/test_seed_demo.py
    tokens/tests/api/test_api_holds.py
    tokens/tests/api/test_api_spending.py
    tokens/tests/emails/test_mail_sending.py
    tokens/tests/ledger/*.py
    tokens/tests/pages/test_pages.py
    tokens/tests/purchases/test_catalog.py
    tokens/tests/purchases/test_disputes.py
    tokens/tests/purchases/test_money_machine.py
    tokens/tests/purchases/test_purchase_life.py
    tokens/tests/purchases/test_refunds.py
    tokens/tests/purchases/test_restored_money.py
    tokens/tests/purchases/test_reversals.py
    tokens/tests/reconciliation/test_reconcile.py
    tokens/tests/reconciliation/test_reconcile_events.py
    tokens/tests/reconciliation/test_reconcile_reversals.py
    tokens/tests/recovery/test_crashes.py
    tokens/tests/recovery/test_jobs.py
    tokens/tests/recovery/test_sweep.py
    tokens/tests/reports/*.py
    tokens/tests/spending/*.py
    tokens/tests/webhooks/test_signatures.py
    tokens/tests/webhooks/test_webhook.py
""".split()
