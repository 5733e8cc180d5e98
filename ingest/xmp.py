"""The XMP packet of an archival PDF: what it is, which record it belongs to, from which bytes, converted by whom and
when (Law 20/2023/QH15, Article 12), in properties that PDF/A-2 knows without an extension schema."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class ArchivalMeta:
    """What the archival PDF says about itself. `created_at` is the time of conversion (with zone)."""

    record: str
    title: str
    original_sha256: str
    created_at: datetime
    converted_by: str
    software: str = "Một Lần"

    @property
    def note(self) -> str:
        """The conversion note in one Vietnamese sentence."""
        when = self.created_at.isoformat(timespec="seconds")
        return (
            f"Thông điệp dữ liệu được chuyển đổi từ tệp gốc có SHA-256 {self.original_sha256}; "
            f"bên chuyển đổi: {self.converted_by}; thời điểm: {when}; phần mềm: {self.software}."
        )


_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>vi</rdf:li></rdf:Bag></dc:language>
<dc:identifier>{record}</dc:identifier>
<dc:source>urn:sha256:{sha256}</dc:source>
<dc:publisher><rdf:Bag><rdf:li>{by}</rdf:li></rdf:Bag></dc:publisher>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{note}</rdf:li></rdf:Alt></dc:description>
<xmp:CreateDate>{when}</xmp:CreateDate>
<xmp:ModifyDate>{when}</xmp:ModifyDate>
<xmp:MetadataDate>{when}</xmp:MetadataDate>
<xmp:CreatorTool>{software}</xmp:CreatorTool>
<pdf:Producer>{software}</pdf:Producer>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def packet(meta: ArchivalMeta) -> bytes:
    """The packet's UTF-8 bytes; the same meta gives the same bytes."""
    parts = {
        "title": meta.title,
        "record": meta.record,
        "sha256": meta.original_sha256,
        "by": meta.converted_by,
        "note": meta.note,
        "when": meta.created_at.isoformat(timespec="seconds"),
        "software": meta.software,
    }
    return _PACKET.format(**{key: escape(_plain(value)) for key, value in parts.items()}).encode()


def _plain(text: str) -> str:
    """XML 1.0 has no control characters."""
    return "".join(char for char in text if char.isprintable() or char == " ")
