"""The app: everything Gradio. `app.py` builds an `App` (context.py) and shows it with `ui.build`."""
