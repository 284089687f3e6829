"""Taking money: PaymentIntents, charges, the methods they are made with, and what each test number does."""
