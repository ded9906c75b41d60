"""Top-level names of torch for what is not there: calling them says so."""
from mindtorch import _absent

_QUANTIZED = ("choose_qparams_optimized quantized_gru_cell quantized_lstm_cell quantized_rnn_relu_cell "
              "quantized_rnn_tanh_cell")
_SCRIPT = ("import_ir_module import_ir_module_from_buffer parse_ir parse_type_comment "
           "merge_type_from_type_comment unify_type_list")

NAMES = {n: _absent.function("torch." + n, why)
         for names, why in ((_QUANTIZED, "quantised layers are not there"),
                            (_SCRIPT, "there are no TorchScript programs"))
         for n in names.split()}
