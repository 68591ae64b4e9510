"""How a page is read: its lines, headings, boilerplate, panels and dialogs, and whether it is an error."""
