"""What touches the terminal itself: signals, capabilities, the driver."""
