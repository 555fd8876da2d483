"""The command line's verbs, one module a subject. Loaded when asked for; only ``opening`` loads textual."""
