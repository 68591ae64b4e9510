"""Names of the vocabularies that catalogues are written in, and the contexts of JSON-LD that we know by heart."""

from __future__ import annotations

from collections.abc import Mapping

DCAT = "http://www.w3.org/ns/dcat#"
DCT = "http://purl.org/dc/terms/"
FOAF = "http://xmlns.com/foaf/0.1/"
HYDRA = "http://www.w3.org/ns/hydra/core#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SCHEMA = "http://schema.org/"
SKOS = "http://www.w3.org/2004/02/skos/core#"
VCARD = "http://www.w3.org/2006/vcard/ns#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDF_VALUE = RDF + "value"

_VOCABULARIES = (
    DCAT,
    DCT,
    FOAF,
    HYDRA,
    RDFS,
    SCHEMA,
    SKOS,
    VCARD,
    RDF,
)

PREFIXES: Mapping[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "cr": "http://mlcommons.org/croissant/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcat": DCAT,
    "dct": DCT,
    "dcterms": DCT,
    "foaf": FOAF,
    "hydra": HYDRA,
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sc": SCHEMA,
    "skos": SKOS,
    "vcard": VCARD,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

# By the head of a context's address: its vocabulary, and terms that are not simply of it.
_DCAT_TERMS = {
    **{word: DCAT + word for word in (
        "Catalog", "Dataset", "Distribution", "DatasetSeries", "DataService", "catalog", "dataset", "distribution", "downloadURL",
        "accessURL", "mediaType", "byteSize", "landingPage", "keyword", "theme", "contactPoint")},
    **{word: DCT + word for word in (
        "title", "description", "license", "rights", "publisher", "creator", "modified", "issued", "format", "identifier",
        "accrualPeriodicity", "language", "spatial", "temporal", "conformsTo", "isPartOf")},
    "name": FOAF + "name", "id": "@id", "type": "@type",
}  # fmt: skip
_KNOWN: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("schema.org", SCHEMA, {"id": "@id", "type": "@type"}),
    ("www.schema.org", SCHEMA, {"id": "@id", "type": "@type"}),
    ("mlcommons.org/croissant", SCHEMA, {}),
    ("w3.org/ns/hydra", HYDRA, {}),
    ("www.w3.org/ns/hydra", HYDRA, {}),
    ("project-open-data.cio.gov", "", _DCAT_TERMS),
    ("resources.data.gov", "", _DCAT_TERMS),
    ("w3id.org/dcat", "", _DCAT_TERMS),
    ("www.w3.org/ns/dcat", "", _DCAT_TERMS),
    ("semiceu.github.io/DCAT-AP", "", _DCAT_TERMS),
)


def plain(name: str) -> str:
    """A term of a vocabulary as the vocabulary names it; many write https, which names nothing."""
    if not name.startswith("https://"):
        return name
    written = "http" + name.removeprefix("https")
    return written if written.startswith(_VOCABULARIES) else name


def context(address: str) -> tuple[str, Mapping[str, str]]:
    """(vocabulary, terms) of a context by its address; ("", {}) for one that is not known here."""
    head = address.partition("://")[2] or address
    for known, vocabulary, names in _KNOWN:
        if head == known or head.startswith((known + "/", known + "#", known + "?")):
            return vocabulary, names
    return "", {}
