"""Names of the vocabularies that catalogues are written in, and the contexts of JSON-LD that we know by heart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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

# The words of DCAT-US 1.1 and 3.0 and of DCAT-AP 3, which has names of its own. Whoever names a context names one of these, or a copy
# of it at an address of his own: so they are the words of every context that is not known to be another one.
_DCAT_WORDS = {
    **{word: DCAT + word for word in (
        "Catalog", "Dataset", "Distribution", "DatasetSeries", "DataService", "catalog", "dataset", "distribution", "downloadURL",
        "accessURL", "mediaType", "byteSize", "landingPage", "datasetSeries", "seriesMember", "service", "servesDataset")},
    **{word: DCT + word for word in (
        "title", "description", "license", "rights", "publisher", "creator", "modified", "issued", "format", "identifier",
        "accrualPeriodicity", "isPartOf", "hasPart")},
    "Catalogue": DCAT + "Catalog", "DatasetMemberOfADatasetSeries": DCAT + "Dataset", "catalogue": DCAT + "catalog",
    "datasetDistribution": DCAT + "distribution", "downloadUrl": DCAT + "downloadURL", "accessUrl": DCAT + "accessURL",
    "licence": DCT + "license", "frequency": DCT + "accrualPeriodicity", "releaseDate": DCT + "issued",
    "modificationDate": DCT + "modified", "documentation": FOAF + "page",
    "name": FOAF + "name", "id": "@id", "type": "@type",
}  # fmt: skip
_DCAT_KINDS = {
    **dict.fromkeys(("dataset", "distribution", "datasetDistribution", "catalog", "catalogue", "seriesMember"), "@id"),
    **dict.fromkeys(("title", "description"), "@language"),
}  # fmt: skip
# By the head of a context's address: its vocabulary, and terms that are not simply of it.
_OTHERS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("schema.org", SCHEMA, {"id": "@id", "type": "@type"}),
    ("www.schema.org", SCHEMA, {"id": "@id", "type": "@type"}),
    ("mlcommons.org/croissant", SCHEMA, {}),
    ("w3.org/ns/hydra", HYDRA, {}),
    ("www.w3.org/ns/hydra", HYDRA, {}),
)


def plain(name: str) -> str:
    """A term of a vocabulary as the vocabulary names it; many write https, which names nothing."""
    if not name.startswith("https://"):
        return name
    written = "http" + name.removeprefix("https")
    return written if written.startswith(_VOCABULARIES) else name


@dataclass(frozen=True, slots=True)
class KnownContext:
    """names: of terms. kinds: of their values, "@id", or "@language" for texts by language. vocabulary: of all other words."""

    vocabulary: str
    names: Mapping[str, str]
    kinds: Mapping[str, str]


DCAT_CONTEXT = KnownContext("", _DCAT_WORDS, _DCAT_KINDS)


def context(address: str) -> KnownContext:
    """What a context means, by its address alone."""
    head = address.partition("://")[2] or address
    for known, vocabulary, names in _OTHERS:
        if head == known or head.startswith((known + "/", known + "#", known + "?")):
            return KnownContext(vocabulary, names, {})
    return DCAT_CONTEXT
