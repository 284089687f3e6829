"""Events and their delivery to the shop: the log, the attempts, and the faults of a bad day."""
