"""A stand-in for Anthropic's Messages API: strict about requests, honest about pixels, a process of its own."""
