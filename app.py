"""The dashboard's table of contents: how the page is set up, and which pages there are.

`streamlit run app.py -- PATH...` shows the self-assessments at PATH (files or folders), or the samples.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from compliance import dashboard

FOLDER = Path(dashboard.__file__).parent
PAGES = [st.Page(FOLDER / "service.py", title="Service", url_path="service", default=True)]

st.set_page_config(page_title="Compliance", layout="wide")
st.navigation(PAGES, position="top").run()
