"""The prose linter: textlint over the pages and over the strings of the code, with the rules of rules.yml."""
