"""The front door: the command line, which strings the stages together over one round folder."""
