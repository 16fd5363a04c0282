"""Forms generated from the declared parameters of a `Spec`."""
