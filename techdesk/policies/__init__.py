"""The support policies that ship with techdesk, and the reader for a site's own."""
