"""The hands: what carries events out of the house, each way in a folder of its own."""
