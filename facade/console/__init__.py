"""The console: a page at `/` that shows what runs, how it and its upstreams do, and how it is called."""
