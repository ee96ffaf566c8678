"""Everything inside the registered model: contract, score, decision, reasons and servers."""
