"""What is sold, for how much, in which currency, and to whom: products, prices, currencies, customers."""
