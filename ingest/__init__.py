"""From a scan to a reading: intake, pages, cleaning, OCR, text layers, document type, fields, archival PDF."""
