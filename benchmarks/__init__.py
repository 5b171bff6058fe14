"""What the facade costs, measured: CPU time of the serving process, as ratios within one run."""
