"""HTML, written as Python: every text is escaped, and only what is made here is not."""

from html import escape


class Markup(str):
    """HTML that is to be sent as it is."""

    __slots__ = ()


Content = str | None  # None is left out


def tag(name: str, /, *content: Content, **attributes: str | bool | None) -> Markup:
    """An element. `class_` is class, `aria_label` aria-label; True has no value, and None and False are left out."""
    told = "".join(attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{name}{told}>{joined(*content)}</{name}>")


def void(name: str, /, **attributes: str | bool | None) -> Markup:
    """An element that has no content."""
    return Markup(f"<{name}{''.join(attribute(key, value) for key, value in attributes.items())}>")


def attribute(key: str, value: str | bool | None) -> str:
    """An attribute, with the space before it."""
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(value)}"'


def joined(*content: Content) -> Markup:
    """One after the other."""
    return Markup("".join(each if isinstance(each, Markup) else escape(each) for each in content if each is not None))
