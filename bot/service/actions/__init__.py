"""One command's life: requested, confirmed, queued, sent, watched, shown, recovered, logged."""
