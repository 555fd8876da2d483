"""The port to help desks, and one module for each desk that techdesk speaks to."""
