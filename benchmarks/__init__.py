"""What measures this project's speed, and what its server endures: ratios side by side in one run, no verdict on time."""
