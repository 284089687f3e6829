"""What staff may do, as domain functions: each checks the permission, calls the function that everybody's door calls,
and writes a StaffAct (who, to whom, why, in which request) in the same transaction."""
