"""Is a written sentence supported by what it cites?"""
