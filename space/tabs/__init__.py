"""One file a tab. A tab is a function that lays out its part of the page and binds its handlers."""
