"""One file a capability. A method reads the request, asks a use case, and returns the screen that answers."""
