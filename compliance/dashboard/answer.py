"""The Answer page."""

import streamlit as st

st.title("Answer the questions", anchor=False)
