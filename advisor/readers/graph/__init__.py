"""Values over time at places that are related: sensors on a graph, stations."""
