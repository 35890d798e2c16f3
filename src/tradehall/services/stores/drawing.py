"""A program of its own: draws the SVG on standard input as PNG, with its width or height fitted.

    python -I drawing.py width 960 < drawing.svg > drawing.png

Untrusted drawings may take for ever or fill the memory; here they can do so to themselves only.
"""

import resource
import sys

import resvg_py

SECONDS = 5
BYTES = 1024**3


def main(side: str, pixels: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    svg = sys.stdin.buffer.read().decode()
    width, height = (int(pixels), None) if side == "width" else (None, int(pixels))
    png = resvg_py.svg_to_bytes(svg_string=svg, width=width, height=height)
    sys.stdout.buffer.write(bytes(png))


if __name__ == "__main__":
    main(*sys.argv[1:])
