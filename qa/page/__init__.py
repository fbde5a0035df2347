"""The parts of the web page: the only code besides app.py that knows Gradio."""
