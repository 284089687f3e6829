"""How fast the shop is, beside what the machine and the stock way do in the same minute: `python -m benchmarks`.

Only ratios are worth reading. Every side stays loaded and takes slices of a second in turn with the others; a ratio is
taken round by round, so that whatever else the machine does falls on both of its sides.
"""
