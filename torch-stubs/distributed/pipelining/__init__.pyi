# Written by `make stubs` from the finished namespace; don't edit.
from mindtorch.distributed.pipelining import *
