"""Exports of annotation tools: Label Studio, Prodigy, doccano, Argilla and spaCy, one recipe each."""
