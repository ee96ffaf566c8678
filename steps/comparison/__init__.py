"""The comparison of families of models on the same folds."""
