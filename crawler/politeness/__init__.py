"""Which address may be asked, by whom, and when."""
