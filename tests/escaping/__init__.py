"""Whatever the branch writes, every form of the report says it to a reader and nothing to what shows the form.

One file per form, each with a real parser of that form. The texts are made of everything that means something to any of
them, in between whatever else Unicode has.
"""
