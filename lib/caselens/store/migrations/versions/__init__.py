"""One file a revision, numbered; a revision that was published is never changed."""
