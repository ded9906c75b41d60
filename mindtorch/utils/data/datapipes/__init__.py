"""torch.utils.data.datapipes: the one pipe that programs test for."""
