"""How long clearing takes, beside sorting and beside other ways to clear."""
