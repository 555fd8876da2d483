"""Pull, push, conflicts, pacing: what keeps the store and the help desk of one mind."""
