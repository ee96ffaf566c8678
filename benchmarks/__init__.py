"""What measures the speed of this project: ratios side by side in one run, and no verdict on time."""
