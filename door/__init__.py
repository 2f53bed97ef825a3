"""The door: people checked in on the day by whoever has a device, with or without a network."""
