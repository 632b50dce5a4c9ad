"""Data to plotly figures. No streamlit, no torch: a figure depends on its arguments alone."""
