"""The report's figures: numbers in, a drawing as SVG and PDF out."""
