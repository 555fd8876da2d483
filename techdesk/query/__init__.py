"""The limit language: text to tree; the store turns the tree into SQL."""
