"""What a browser sees: the hosted checkout, the bank's 3-D Secure page, receipts, the portal and the operator's page.

Forms that another site's page sends are refused (see server/guard.py).
"""
