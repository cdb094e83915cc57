"""The parts of all screens: buttons, taps and pages."""
