"""Which fields of a page belong together: those of a form, or those around the button that sends them.

An ASP.NET page is one big form, and applications have fields without any. What a group is for, `services.forms` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborNode

from checks.derivations import once
from checks.page.content import PageContent
from checks.page.dialogs import in_dialog, is_dialog
from checks.page.forms.fields import Field, fields, has_field
from checks.page.lines import ancestry, is_frame
from web.document import Document

BUTTONS = "button, input[type=submit], input[type=button], input[type=image], [role=button], a[href^='javascript'], a[onclick], a.btn:not([href]), a.button:not([href]), a.btn[href^='#'], a.button[href^='#'], a.btn[href=''], span.btn, div.btn, span.button, div.button"
MOST_GROUPS = 40  # Groups of fields of a page. Later ones are not read.
MOST_BUTTONS = 12  # of one group
_ROOTS = frozenset({"body", "html", "main", "-document", "#document"})
_MOST_BUTTONS = 120  # Buttons around which fields are gathered. Later ones are not tried.
_MOST_MENUS = 40  # Menus in a form whose fields are left out. Later ones are not looked for.
_HEADINGS = "h1, h2, h3, h4, h5, h6"

Signature = tuple[str, ...]
Group = tuple[LexborNode, list[Field]]
"""(element that holds the group, its fields)"""


def signature(holder: LexborNode, members: Sequence[Field], buttons: Sequence[str]) -> Signature:
    """The same for a group that stands on many pages. holder: the element that holds it; buttons: their words."""
    said = () if is_root(holder) else sorted(buttons)
    return (*sorted(field.name for field in members), *said)


def is_root(holder: LexborNode) -> bool:
    """Whether a group is held by nothing smaller than the page, whose words are not the group's."""
    return (holder.tag or "") in _ROOTS


def button_texts(holder: LexborNode) -> tuple[str, ...]:
    """The words of a group's buttons, "" for one without. Those of a footer send nothing that stands above it."""
    found = holder.css(BUTTONS)[:_MOST_BUTTONS]
    own = found if framed(holder) else [button for button in found if not framed(button)]
    if holder.tag != "form":  # a form or a dialog inside it has its own
        own = [button for button in own if not _apart(button, holder)]
    if is_root(holder):
        own = [button for button in own if not _is_elsewhere(button)]
    return tuple(_button_text(button) for button in own[:MOST_BUTTONS])


def _apart(node: LexborNode, holder: LexborNode) -> bool:
    """Whether a button or field of an element stands in a form or a dialog inside it. A dialog's box is called a dialog too."""
    for above in ancestry(node):
        if above.mem_id == holder.mem_id:
            return False
        if is_dialog(above) and not in_dialog(holder):
            return True
        if above.tag == "form" and not page_wide(above):
            return True
    return False


def _is_elsewhere(button: LexborNode) -> bool:
    """Whether a button sends no field of the page itself: in its frame, or under a heading of its own box."""
    for node in ancestry(button):
        if is_root(node):
            return False
        if is_frame(node, inside_content=False) and not (node.tag == "nav" and not leads(node)):
            return True
        if not has_field(node, set()) and _is_headed(node):
            return True
    return False


def _is_headed(box: LexborNode) -> bool:
    """A button under a heading of its own sends nothing that stands beside it."""
    return box.css_first(_HEADINGS) is not None


def _button_text(button: LexborNode) -> str:
    text = " ".join(button.text(deep=True, separator=" ").split())
    return (
        text
        or button.attributes.get("value")
        or button.attributes.get("aria-label")
        or button.attributes.get("title")
        or button.attributes.get("alt")
        or ("submit" if button.tag == "input" and button.attributes.get("type") == "submit" else "")
    )[:80]


def framed(node: LexborNode) -> bool:
    """Inside a header, menu or footer by its element or role; a side column may hold the service's own form."""
    chain: list[LexborNode] = []
    current: LexborNode | None = node
    while current is not None and len(chain) < 80:
        chain.append(current)
        current = current.parent
    inside = False
    for element in reversed(chain):
        tag = element.tag or ""
        role = (element.attributes.get("role") or "").lower()
        if role in ("banner", "contentinfo") or ((tag == "nav" or role == "navigation") and leads(element)):
            return True
        if tag in ("header", "footer") and not inside:
            return True
        inside = inside or tag in ("main", "article", "section", "dialog")
    return False


def leads(menu: LexborNode) -> bool:
    """Whether a menu leads to other pages: one of buttons alone moves between the steps of a form."""
    return menu.css_first("a[href]") is not None or menu.css_first("button") is None


@once
def groups_of(page: PageContent) -> list[Group]:
    """The groups of the page's document, found once."""
    return list(groups(page.document))


def groups(document: Document) -> Iterator[Group]:
    """Small forms whole; page-wide forms and loose fields by button."""
    body = document.tree.body
    if body is None:
        return
    taken = set[int]()
    known: dict[int, Field] = {}
    for node in body.css("form")[:MOST_GROUPS]:
        if page_wide(node):
            continue
        members = fields(node, known)
        taken.update(field.node.mem_id for field in members)
        taken.update(button.mem_id for button in node.css(BUTTONS))
        yield node, members
    loose, grouped = _by_button(body, taken, known)
    yield from loose
    yield from _left(body, grouped, known)


def _by_button(body: LexborNode, taken: set[int], known: dict[int, Field]) -> tuple[list[Group], set[int]]:
    """Fields that no form holds, with the button nearest to them; and which fields have one."""
    holders: dict[int, Group] = {}
    buttons = [button for button in body.css(BUTTONS) if button.mem_id not in taken]
    for button in buttons[:_MOST_BUTTONS]:
        holder = _holder(button, taken)
        # a footer's button sends nothing that stands above it
        if holder is not None and (framed(holder) or not framed(button)):
            members = [
                field
                for field in fields(holder, known)
                if field.node.mem_id not in taken and not _apart(field.node, holder)
            ]
            holders.setdefault(holder.mem_id, (holder, members))
    found, grouped = dict[int, Group](), set(taken)
    # a button that opens a dialog stands among all that the page has: what has a button of its own goes first
    for key in sorted(holders, key=lambda key: len(holders[key][1])):
        holder, members = holders[key]
        sent = all(field.node.mem_id in grouped for field in members)
        grouped.update(field.node.mem_id for field in members)
        if members and not sent:  # what stands farther off sends nothing of theirs
            found[key] = (holder, members)
    return [found[key] for key in holders if key in found], grouped


def _left(body: LexborNode, taken: set[int], known: dict[int, Field]) -> Iterator[Group]:
    """Fields without a button, together: a script may read them while one types."""
    members = [f for f in fields(body, known) if f.node.mem_id not in taken and not framed(f.node)]
    if members:
        yield body.css_first("main") or body, members


def page_wide(form: LexborNode) -> bool:
    """Whether the form is the page itself, as ASP.NET makes it."""
    if form.css_first("nav, header, footer") is not None:
        return True
    # an arrow, or the choices of a field, are called a menu, too
    menus = form.css("[class*='menu'], [id*='menu'], [id*='Menu']")[:_MOST_MENUS]
    if any(menu.css_first("a[href]:not([href^='#'])") is not None for menu in menus):
        return True
    state = form.css_first("input[name=__VIEWSTATE], input[name='javax.faces.ViewState']") is not None
    sends = "input[type=submit], input[type=image], button, a[href^='javascript']"
    return state and len(form.css(sends)) > 1


def _holder(button: LexborNode, taken: set[int]) -> LexborNode | None:
    """The largest element around the button that holds its fields and no other group's button. It is no larger than the dialog
    in which the button stands."""
    current = button.parent
    for _ in range(14):
        if current is None or (current.tag or "") in _ROOTS:
            return None
        if has_field(current, taken):
            break
        if _is_headed(current):
            return None
        current = current.parent
    else:
        return None
    number = len(current.css(BUTTONS))
    dialog = next((node.mem_id for node in reversed(list(ancestry(button))) if is_dialog(node)), None)
    while (above := current.parent) is not None and (above.tag or "") not in (*_ROOTS, "form"):
        if current.mem_id == dialog or len(above.css(BUTTONS)) > number:
            break
        if above.css_first("h1, nav, header") is not None:
            break
        current = above
    return current
