"""Speed, bytes and memory through a real pseudo-terminal, judged as ratios to a floor of the same run."""
