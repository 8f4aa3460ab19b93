"""The word lists as YAML; `pipelines.language.lexicon_file` reads them."""
