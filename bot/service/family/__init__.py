"""People: invitations, members, groups, requests for access, and the settings of a home."""
