"""The model behind both explorers, the OpenCV window, and the Jupyter widgets."""
