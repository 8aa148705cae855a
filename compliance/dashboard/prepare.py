"""The Prepare page."""

import streamlit as st

st.title("Prepare a self-assessment", anchor=False)
