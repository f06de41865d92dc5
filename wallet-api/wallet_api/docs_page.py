"""The interactive page at /docs, served without any other machine.

The Swagger UI comes from the ``fastapi-swagger`` package; the page and its script are ours, so that
the page needs no inline script and its content policy can stay strict.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse

router = APIRouter(include_in_schema=False)

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Commonwatt wallet API</title>
<link rel="icon" type="image/png" href="docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/page.js"></script>
</body>
</html>
"""
_SCRIPT: Final = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null
});
"""


@router.get("/")
async def show_start() -> Response:
    """Lead people who open the bare address to the page."""
    return RedirectResponse("docs")


@router.get("/docs")
async def show_page() -> Response:
    """Return the page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/page.js")
async def show_script() -> Response:
    """Return the page's own script."""
    return Response(_SCRIPT, media_type="text/javascript")


@router.get("/docs/assets/{name}")
async def show_asset(name: str) -> Response:
    """Return a file of the Swagger UI."""
    if name not in _ASSETS:
        return Response(status_code=404)
    return Response(
        _asset(name), media_type=_ASSETS[name], headers={"Cache-Control": "max-age=86400"}
    )


@lru_cache(len(_ASSETS))
def _asset(name: str) -> bytes:
    return (files("fastapi_swagger") / "resources" / name).read_bytes()
