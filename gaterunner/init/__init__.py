"""``gaterunner init``: a workflow file and a GitHub workflow for the stacks that a repository holds.

Everything that is proposed comes from what ``config.conventions`` finds in the work tree, so that ``plan`` and ``run``
will find the same. Nothing of the repository is executed, and nothing that exists is changed without a yes.
"""
