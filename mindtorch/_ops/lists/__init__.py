"""Operations over lists of tensors."""
