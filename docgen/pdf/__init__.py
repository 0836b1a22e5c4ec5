"""PDFs that carry what they were made from: how they are written, and how they are held against it again."""
