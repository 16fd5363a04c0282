"""The Inspector panel: parameters, arithmetic and filters of the selection, or totals of the whole network."""
