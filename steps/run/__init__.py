"""What every step stands on: settings, policy, console, and servers for as long as they are needed."""
