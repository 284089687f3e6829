"""What says how the shop is: probes, figures for Prometheus, the line for each request, and reports of errors."""
