"""The DIMO account of a home: linking it, its tokens, what expires, and erasing a person."""
