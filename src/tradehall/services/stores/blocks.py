"""What a home page is made of. Texts are plain, but for those of a text block, which are Markdown."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

MOST_BLOCKS = 20

Heading = Annotated[str, Meta(max_length=120, pattern=r"^[^\x00-\x1f]*$(?!\n)", description="a line of text")]
Words = Annotated[str, Meta(max_length=600, pattern=r"^[^\x00]*$")]
Markdown = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=r"^[^\x00]*$")]
PictureKey = Annotated[str, Meta(pattern="^[0-9a-f]{32}$(?!\n)", description="the key of a picture of this store")]
Target = Annotated[
    str,
    Meta(
        max_length=500,
        pattern=r"^(/(?![/\\])|https://[^/\s\\]+)[^\s\\\x00-\x20]*$(?!\n)",
        description="a path of this store, or an address that begins with https://",
    ),
]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    title: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$(?!\n)")]
    target: Target


class Hero(msgspec.Struct, frozen=True, kw_only=True, tag="hero", tag_field="kind"):
    heading: Heading
    text: Words = ""
    picture: PictureKey | None = None
    link: Link | None = None


class Rail(msgspec.Struct, frozen=True, kw_only=True, tag="rail", tag_field="kind"):
    """Products: the newest, or those of a category (its slug) or a tag, which `of` names."""

    heading: Heading
    by: Literal["newest", "category", "tag"] = "newest"
    of: Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f]*$(?!\n)")] = ""
    count: Annotated[int, Meta(ge=1, le=24)] = 8


class Text(msgspec.Struct, frozen=True, kw_only=True, tag="text", tag_field="kind"):
    heading: Heading = ""
    text: Markdown


class Links(msgspec.Struct, frozen=True, kw_only=True, tag="links", tag_field="kind"):
    heading: Heading = ""
    links: Annotated[list[Link], Meta(min_length=1, max_length=12)]


Block = Hero | Rail | Text | Links
