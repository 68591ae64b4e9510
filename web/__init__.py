"""What an address, a document, a link, a header, a character set *is*, as browsers read it. No I/O, no verdict."""
