"""What a country would need for another rank of a published index, as values, tables and a plot."""
