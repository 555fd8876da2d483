"""Speed, bytes and memory, measured through a real pseudo-terminal and judged as ratios to a floor of the same run."""
