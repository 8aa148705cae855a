"""What leaves the tool: one module a format, each with `render(assessments, problems)`."""
