"""What the pages share: controls, picks, uploads, theme. The only part of sapcore that knows streamlit."""
