"""Reads the bodies of requests, up to a length."""

from starlette.requests import ClientDisconnect, Request


async def body_of(request: Request, *, most: int) -> bytes | None:
    """Read a body; None if it is longer than `most` bytes, or its sender has gone."""
    parts, size = [], 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > most:
                return None
            parts.append(part)
    except ClientDisconnect:
        return None
    return b"".join(parts)
