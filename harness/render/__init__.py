"""What people read: Markdown and terminal text, made from plain values; foreign text is escaped here."""
