"""Formats of findings. Each module is one, named as the module is: `reports.export.export_format` finds them."""
