"""What a person touches in Jupyter."""
