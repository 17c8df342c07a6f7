"""Reports of a review: terminal, HTML, JSON and FHIR. No clinical logic here."""
