"""What a browser sees: the hosted checkout, the bank's 3-D Secure page, receipts and the operator's page.

They touch neither the shop's database nor its sessions; forms are protected by Django's CSRF cookie.
"""
