"""What measures this project: speed as ratios side by side in one run, with no verdict on time, and endurance."""
