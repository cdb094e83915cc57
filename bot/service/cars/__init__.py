"""The cars that a person may use, and what they last reported."""
