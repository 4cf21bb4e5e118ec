"""Going back after the merge: what taking one merge, or one phase alone, back from today's tree would come to."""
