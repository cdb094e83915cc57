"""The page of the demo: files for the browser, served as they are."""
