"""What a technician can do, each declared once."""
