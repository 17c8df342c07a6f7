"""The criteria of the policies in languages of the field: CQL libraries, and FHIR resources that name them.

What is here is written from the knowledge and the rules; nothing clinical is decided.
"""
