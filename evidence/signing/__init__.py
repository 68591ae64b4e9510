"""Keys, trees of hashes and seals: what is signed, and what a signature stands for."""
