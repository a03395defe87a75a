"""Rules for each length of a text: the margins of articles cut short, the fit of the rules, and their proof."""
