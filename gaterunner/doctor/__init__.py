"""Is a repository really protected? Facts read from GitHub, and one pure answer for each point."""
