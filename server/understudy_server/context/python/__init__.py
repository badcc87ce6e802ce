"""Where SQL is in Python, and what stands around it; reads as little of the file as it can."""
