"""The dashboard's table of contents: how the page is set up, and which pages there are.

`streamlit run app.py -- PATH...` shows the self-assessments at PATH (files or folders), one by one and stored nowhere;
without a PATH it shows the store that COMPLIANCE_STORE names, else the user's.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from compliance import dashboard
from compliance.dashboard import session

FOLDER = Path(dashboard.__file__).parent
IS_STORED = session.is_stored()
STORED_PAGES = [st.Page(FOLDER / "portfolio.py", title="Portfolio", url_path="portfolio", default=True)]
PAGES = [
    st.Page(FOLDER / "service.py", title="Service", url_path="service", default=not IS_STORED),
    st.Page(FOLDER / "prepare.py", title="Prepare", url_path="prepare"),
    st.Page(FOLDER / "answer.py", title="Answer", url_path="answer"),
    st.Page(FOLDER / "code.py", title="Code", url_path="code"),
]

st.set_page_config(page_title="Compliance", layout="wide")
st.navigation([*STORED_PAGES, *PAGES] if IS_STORED else PAGES, position="top").run()
