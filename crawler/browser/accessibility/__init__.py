"""What a page is measured for: people with disabilities, right-to-left reading, telephones."""
