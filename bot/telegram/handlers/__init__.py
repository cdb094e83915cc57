"""One handler for each thing that people say or tap: read the request, ask the use cases, show the answer."""
