"""Synthetic populations: patients drawn from the knowledge, written as FHIR with the mess of real charts."""
