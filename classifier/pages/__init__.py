"""What the pages for people share: charts as inline SVG, the style sheet, the environment of the templates."""
