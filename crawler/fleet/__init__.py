"""Which process visits which agencies: shards in turn, at once, and on a cluster."""
