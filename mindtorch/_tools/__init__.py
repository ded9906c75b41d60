"""What people who move code over need: `python -m mindtorch check` and `python -m mindtorch verify`."""
