"""A report as files: HTML, Markdown, LaTeX, PDF."""
