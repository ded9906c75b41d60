"""The op table's machinery: declarations, promotion, generated functions, torch.ops."""
