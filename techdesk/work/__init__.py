"""What screens and verbs share, without a screen: reports, exports, checks of the installation."""
