"""Following an alias of the registry: another version is proven, then takes over worker by worker."""
