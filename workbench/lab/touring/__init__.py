"""The tour: four paths through the workbench, a step at a time."""
