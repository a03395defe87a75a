"""Which elements of an export are read, and what becomes of their texts."""

from collections.abc import Mapping

from classifier.corpus.readers.wordpress.elements import DeclaredTerm, Item, ItemTerm

ITEM_FIELDS = frozenset(
    {
        "title",
        "link",
        "content:encoded",
        "wp:post_id",
        "wp:post_date",
        "wp:post_date_gmt",
        "wp:status",
        "wp:post_type",
        "wp:meta_key",
        "wp:meta_value",
    }
)
SITE_FIELDS = ("wp:base_blog_url", "wp:base_site_url")
#: Element of a declared term -> the elements of its slug, name, parent and id.
TERMS = {
    "wp:category": ("wp:category_nicename", "wp:cat_name", "wp:category_parent", "wp:term_id"),
    "wp:tag": ("wp:tag_slug", "wp:tag_name", "", "wp:term_id"),
    "wp:term": ("wp:term_slug", "wp:term_name", "wp:term_parent", "wp:term_id"),
}
_TAXONOMY = {"wp:category": "category", "wp:tag": "post_tag"}
TERM_FIELDS = frozenset({name for names in TERMS.values() for name in names if name} | {"wp:term_taxonomy"})
CUT = frozenset({"wp:comment", "dc:creator", "wp:author", "wp:post_password"})


def put_field(item: Item, name: str, text: str, attributes: Mapping[str, str]) -> None:
    """Add the text of an element to its item; ``attributes`` are those of a ``category`` element."""
    if name == "category":
        if taxonomy := attributes.get("domain"):
            item.terms.append(ItemTerm(taxonomy, attributes.get("nicename", "").strip(), text.strip()))
    elif name == "wp:meta_value":
        item.meta.append((item.fields.get("wp:meta_key", ""), text))
    else:
        item.fields[name] = text if name == "content:encoded" else text.strip()


def declared_term(element: str, values: Mapping[str, str]) -> DeclaredTerm:
    """Return the term that an element of the head declares by the texts in it."""
    slug, name, parent, id_ = (values.get(field, "") for field in TERMS[element])
    return DeclaredTerm(slug, name, parent, id_, _TAXONOMY.get(element) or values.get("wp:term_taxonomy", ""))
