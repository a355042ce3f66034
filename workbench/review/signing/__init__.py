"""Who saw a change and stands for it: reviewers, votes, signatures, seals."""
