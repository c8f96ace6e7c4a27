"""What we know of the cluster now: the store, the staging of a relist, the lister."""
