"""The decision protocols: System One and OpenAI's Decisions, asked and answered over the same tagger."""
