"""A page as a tree of Beautiful Soup, for authors of checks and spiders of their own. The audit does not use it: it costs
ten times what the page's own tree does.

Grown from the tree that the audit reads, so that both have the same elements: mended as browsers mend, and cut where a
page is past our bounds.
"""

from __future__ import annotations

from bs4 import BeautifulSoup
from bs4.builder import HTMLTreeBuilder
from bs4.element import Comment
from selectolax.lexbor import LexborHTMLParser, LexborNode


def soup_of(tree: LexborHTMLParser) -> BeautifulSoup:
    """The elements, texts and comments of a page in their order."""
    return BeautifulSoup("", builder=_TreeFromDocument(tree))


class _TreeFromDocument(HTMLTreeBuilder):
    """Builds from a tree in place of a text."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        super().__init__()
        self._tree = tree

    def feed(self, markup: object) -> None:
        """Once, in the order of the text. No recursion: pages nest twenty thousand deep."""
        assert self.soup is not None
        root = self._tree.root
        stack: list[LexborNode | str] = [root] if root is not None else []
        while stack:
            node = stack.pop()
            if isinstance(node, str):
                self.soup.handle_endtag(node)
                continue
            if node.tag == "-text":
                self.soup.handle_data(node.text_content or "")
            elif node.tag == "-comment":
                self.soup.endData()
                self.soup.handle_data(node.comment_content or "")
                self.soup.endData(Comment)
            elif node.tag is not None and node.is_element_node:
                attributes = {name: value or "" for name, value in node.attributes.items()}
                self.soup.handle_starttag(node.tag, None, None, attributes)
                stack.append(node.tag)
                stack.extend(reversed(list(node.iter(include_text=True))))
