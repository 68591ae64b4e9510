"""The text of PDF files, row by row and cell by cell, read in a child process with limits (`checks.pdf.sandbox`)."""
