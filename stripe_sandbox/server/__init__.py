"""The process: its web server and application, who may talk to it, and what happens by itself as time passes."""
