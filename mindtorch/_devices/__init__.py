"""What torch.npu, torch.cuda and their like are made of."""
