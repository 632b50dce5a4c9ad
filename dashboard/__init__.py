"""The dashboard: `streamlit run dashboard/Home.py`."""
