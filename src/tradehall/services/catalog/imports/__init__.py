"""Products in files: how a CSV is read, what its rows mean, and what they make of the products there are. No I/O."""
