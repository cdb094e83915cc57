"""What all screens are made of: buttons, taps, pages, menus."""
