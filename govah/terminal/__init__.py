"""What is said on a terminal: in the reader's language, in the width that there is, in plain lines or as JSON."""
