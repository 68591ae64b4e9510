"""What leaves the house without personal data and secrets, by rule."""
