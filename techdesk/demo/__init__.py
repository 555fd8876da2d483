"""The demo desk: a real HTTP help desk on 127.0.0.1, with data that shows all of techdesk."""
