"""Names and defaults of the switches of torch._dynamo, torch._inductor and torch._functorch."""

DYNAMO = {
    **dict.fromkeys(
        """\
verbose verify_correctness leaf_function_validate_outputs leaf_function_check_escaped_gradients
generate_pycode fail_on_recompile_limit_hit specialize_int specialize_float automatic_dynamic_exclusion_guard
log_graph_in_out_metadata allow_ignore_mark_dynamic prepare_freezing suppress_errors replay_record_enabled
disable cprofile dynamo_profiler repro_forward_only repro_ignore_non_fp capture_scalar_outputs
capture_dynamic_output_shape_ops prefer_deferred_runtime_asserts_over_guards
force_unspec_int_unbacked_size_like_on_torchrec_kjt allow_unspec_int_on_nn_module do_not_emit_runtime_asserts
dont_skip_tracing optimize_ddp_lazy_compile skip_guards_on_constant_func_defaults
use_recursive_dict_tags_for_guards raise_on_unsafe_aot_autograd force_compile_during_fx_trace allow_rnn
error_on_recompile trace_autograd_ops use_numpy_random_stream enable_cpp_symbolic_shape_guards
enable_trace_unittest enable_trace_load_build_class nested_graph_breaks
error_on_dynamo_callback_in_fullgraph_compiled_code install_free_tensors use_graph_deduplication
track_nodes_for_deduplication graph_deduplication_lint allow_empty_graphs debug_force_nested_calls
debug_force_graph_break_on_leaf_return debug_disable_compile_counter record_compile_time_instruction_count
cudagraph_backend_keep_input_mutation cudagraph_backend_support_input_mutation only_allow_pt2_compliant_ops
capture_profiler_record_function inject_BUILD_SET_unimplemented_TESTING_ONLY
fake_tensor_cache_crosscheck_enabled caching_precompile strict_precompile compiled_autograd
skip_fwd_side_effects_in_bwd_under_checkpoint enable_compiler_collectives enable_p2p_compilation
_unsafe_skip_fsdp_module_guards constant_fold_autograd_profiler_enabled wrap_top_frame
enable_invoke_subgraph_regional_compile inline_invoke_subgraph""".split(),
        False,
    ),
    **dict.fromkeys(
        """\
replay_side_effects skip_code_recursive_on_recompile_limit_hit dynamic_shapes use_lazy_graph_module
assume_static_by_default automatic_dynamic_shapes force_parameter_static_shapes
force_nn_module_property_static_shapes guard_nn_modules guard_nn_modules_using_dict_tags
rewrite_assert_with_torch_assert same_two_models_use_fp64 optimize_ddp skip_torchrec
use_lamba_guard_for_object_aliasing skip_fsdp_guards skip_nnmodule_hook_guards
skip_no_tensor_aliasing_guards_on_parameters skip_tensor_guards_with_matching_dict_tags
assume_dunder_attributes_remain_unchanged raise_on_ctx_manager_usage error_on_nested_jit_trace
error_on_nested_fx_trace capture_sparse_compute report_guard_failures trace_numpy enable_cpp_guard_manager
enable_trace_contextlib enable_faithful_generator_behavior inline_inbuilt_nn_modules
install_free_tensors_for_export enable_cpp_framelocals_guard_eval issue_3_13_0_warning
capture_autograd_function capture_func_transforms log_compilation_metrics fake_tensor_cache_enabled
fake_tensor_disable_inference_mode enable_dynamo_decompositions graph_break_on_nn_param_ctor
inline_torch_dispatch_torch_compile automatic_dynamic_local_pgo run_gc_after_compile record_runtime_overhead
enable_aot_compile inline_single_use_invoke_subgraph""".split(),
        True,
    ),
    **dict.fromkeys(
        """\
log_file_name dead_code_elimination _shapes_spec allowed_functions_module_string_ignorelist repro_after
_save_config_ignore automatic_dynamic_remote_pgo pt2_compile_id_prefix _custom_ops_profile
invalidate_compile_context_weakrefs""".split()
    ),
    "debug_backend_override": "",
    "debug_inductor_config_override": "",
    "debug_dynamo_config_override": "",
    "minimum_call_count": 1,
    "side_effect_replay_policy": "info",
    "recompile_limit": 8,
    "accumulated_recompile_limit": 256,
    "automatic_dynamic_shapes_mark_as": "dynamic",
    "traceable_tensor_subclasses": set(),
    "nontraceable_tensor_subclasses": set(),
    "skipfiles_inline_module_allowlist": {},
    "repro_level": 2,
    "repro_tolerance": 0.001,
    "max_saved_pointers_for_recursive_dict_tags_check": 256,
    "base_dir": "",
    "numpy_default_float": "float64",
    "numpy_default_complex": "complex128",
    "numpy_default_int": "int64",
    "debug_dir_root": "",
    "reorderable_logging_functions": set(),
    "ignore_logging_functions": set(),
    "_autograd_backward_strict_mode_banned_ops": ["layout", "is_neg", "is_conj", "is_pinned"],
    "_autograd_backward_strict_mode_conditional_banned_ops": ["stride", "storage_offset", "is_contiguous"],
    "compiled_autograd_kwargs_override": {},
}
INDUCTOR = {
    **dict.fromkeys(
        """\
can_inplace_pad_graph_input debug verbose_progress remote_gemm_autotune_cache
unsafe_skip_cache_dynamic_shape_guards cpp_wrapper cpp_wrapper_build_separate fx_wrapper dce nan_asserts
runtime_triton_nan_asserts memory_planning use_fast_math epilogue_fusion_with_atomic_add epilogue_fusion_first
epilogue_fusion_user_defined_triton_kernel b2b_gemm_pass efficient_conv_bn_eval_fx_passes is_predispatch
group_fusion force_fuse_int_mm_with_mul reorder_for_compute_comm_overlap reorder_for_peak_memory_debug
dedup_reduce_scatters runtime_estimations_mms_benchmark distributed_max_autotune_gemm
pipeline_max_autotune_gemm use_torch_profiler_benchmarker max_autotune max_autotune_pointwise
max_autotune_gemm incremental_autotune max_autotune_prune_choices_based_on_shared_mem
triton_disable_device_detection max_autotune_allow_flexible_layouts nvgemm_supplement_configs
fallback_by_default selective_decompose cutedsl_enable_autotuning autotune_fallback_to_aten
search_autotune_cache save_args autotune_in_subproc autotune_multi_device coordinate_descent_tuning
coordinate_descent_check_all_directions autoheuristic_collect.pad_mm autoheuristic_collect.mixed_mm
run_jit_post_compile_hook force_layout_optimization cache_sdpa_constraint warn_mix_layout fallback_random
align_random_eager fallback_embedding_bag_byte_unpack assume_unaligned_fallback_output aggressive_fusion
debug_fusion benchmark_fusion force_pointwise_cat comment_origin conv_1x1_as_mm deterministic batch_invariant
benchmark_kernel always_keep_tensor_constants do_not_emit_runtime_assertions compute_all_bounds combo_kernels
benchmark_combo_kernel combo_kernel_per_subkernel_blocks combo_kernels_pointwise_only debug_index_asserts
is_nightly_or_source developer_warnings log_tlparse _fuse_ddp_communication _micro_pipeline_tp
partitioned_scatter_enabled _collective.auto_select aten_distributed_optimizations.enable_overlap_scheduling
aten_distributed_optimizations.log_final_collectives_estimations
aten_distributed_optimizations.bucket_only_internode_comms aten_distributed_optimizations.spmd_check
aten_distributed_optimizations.overlap_scheduling_autofix_cycles
aten_distributed_optimizations.enable_low_contention_collectives
aten_distributed_optimizations.low_contention_skip_overlap_check
aten_distributed_optimizations.pre_bucketing_fsdp_collectives_verbose
aten_distributed_optimizations.allow_comms_decompositions static_launch_user_defined_triton_kernels
strict_static_cuda_launcher keep_static_cubin_raw pad_channels_last pad_dynamic_shapes
expand_dimension_for_pointwise_nodes pad_outputs force_shape_pad permute_fusion profiler_mark_wrapper_call
generate_intermediate_hooks debug_ir_traceback _raise_error_for_testing profile_bandwidth
profile_bandwidth_with_do_bench_using_profiling disable_cpp_codegen freezing freezing_discard_parameters
decompose_mem_bound_mm wrap_inductor_compiled_regions assume_aligned_inputs assume_32bit_indexing
unsafe_ignore_unsupported_triton_autotune_args check_stack_no_cycles_TESTING_ONLY
force_disable_cudagraph_TESTING_ONLY enable_linear_binary_folding annotate_training enable_autograd_for_aot
auto_chunker.enable cpp.dynamic_threads cpp.enable_kernel_profile cpp.enable_unsafe_math_opt_flag
cpp.enable_grouped_gemm_template cpp.enable_concat_linear cpp.use_decompose_tanh cpp.use_small_dequant_buffer
cpp.force_inline_kernel triton.cudagraphs triton.cudagraph_skip_dynamic_graphs
triton.cudagraph_trees_history_recording triton.cudagraph_trees_objgraph triton.force_cudagraph_sync
triton.force_cudagraphs_warmup triton.cudagraph_or_error triton.fast_path_cudagraph_asserts
triton.skip_cudagraph_warmup triton.debug_sync_graph triton.debug_sync_kernel triton.dense_indexing
triton.prefer_nd_tiling triton.autotune_with_sample_inputs triton.tile_reductions triton.native_matmul
triton.unique_user_kernel_names triton.decompose_sort_ops triton.cooperative_reductions
triton.force_cooperative_reductions triton.store_cubin triton.use_block_ptr triton.use_tensor_descriptor
triton.enable_persistent_tma_matmul triton.enable_template_tma_store
triton.enable_tma_load_for_template_epilogue triton.skip_l1_cache
triton.disallow_failing_autotune_kernels_TESTING_ONLY triton.enable_pdl
triton.mix_order_reduction_autotune_split_size triton.mix_order_reduction_non_strict_mode
triton.nested_reduction triton.proton_profiling aot_inductor.autotune_per_kernel_alloc
aot_inductor.debug_compile aot_inductor.debug_symbols aot_inductor.use_runtime_constant_folding
aot_inductor.force_mmap_weights aot_inductor.package aot_inductor.dump_aoti_minifier
aot_inductor.allow_stack_allocation aot_inductor.use_minimal_arrayref_interface
aot_inductor.weight_use_caching_allocator aot_inductor.enable_lto aot_inductor_mode.compile_standalone
cutlass.enable_debug_info cutlass.use_fast_math cutlass.cutlass_epilogue_fusion_enabled
cutlass.cutlass_tma_only cutlass.generate_test_runner cutlass.cutlass_hash_with_compile_cmd
cutlass.upload_to_binary_remote_cache cutlass.binary_remote_cache_force_write cuda.enable_cuda_lto
cuda.enable_ptxas_info cuda.enable_debug_info cuda.use_fast_math cuda.cutlass_epilogue_fusion_enabled
cuda.cutlass_tma_only cuda.generate_test_runner cuda.cutlass_hash_with_compile_cmd
cuda.upload_to_binary_remote_cache cuda.binary_remote_cache_force_write xpu.enable_debug_info
xpu.use_fast_math xpu.cutlass_epilogue_fusion_enabled xpu.cutlass_tma_only xpu.generate_test_runner
xpu.cutlass_hash_with_compile_cmd xpu.upload_to_binary_remote_cache xpu.binary_remote_cache_force_write
rocm.is_debug rocm.save_temps rocm.print_kernel_resource_usage rocm.generate_test_runner
rocm.use_preselected_instances rocm.origami mtia.disable_welford_reduction halide.asserts halide.debug
halide.scan_kernels trace.enabled trace.save_real_tensors trace.debug_log trace.info_log trace.graph_diagram
trace.draw_orig_fx_graph trace.compile_profile trace.log_autotuning_results
test_configs.force_extern_kernel_in_multi_template test_configs.force_no_impl_grouping
test_configs.runtime_triton_dtype_assert test_configs.runtime_triton_shape_assert
test_configs.static_cpp_dtype_assert test_configs.graphsafe_rng_func_ignores_fallback_random
test_configs.use_libtorch test_configs.force_filter_reduction_configs test_configs.bisect_pre_grad_graph
test_configs.bisect_keep_custom_backend_for_inductor eager_numerics.division_rounding
eager_numerics.disable_ftz eager_numerics.use_pytorch_libdevice emulate_precision_casts""".split(),
        False,
    ),
    **dict.fromkeys(
        """\
inplace_padding enable_auto_functionalized_v2 disable_progress fx_graph_cache
bundle_triton_into_fx_graph_cache non_blocking_remote_cache_write autotune_local_cache
cpp_cache_precompile_headers online_softmax apply_gumbel_max_trick static_weight_shapes size_asserts
scalar_asserts alignment_asserts pick_loop_orders inplace_buffers allow_buffer_reuse benchmark_harness
epilogue_fusion prologue_fusion pattern_matcher split_cat_fx_passes batch_fusion reorder_for_locality
dynamic_scale_rblock keep_addmm_fused_for_half_dtypes use_mixed_mm reorder_for_peak_memory
use_experimental_benchmarker max_autotune_report_choices_stats graph_partition use_dce use_pre_grad_passes
use_joint_graph_passes use_post_grad_passes autoheuristic_use.mixed_mm layout_optimization keep_output_stride
delay_realize_cheap_outputs implicit_fallbacks loop_ordering_after_fusion loop_reindexing_after_fusion
loop_index_inversion_in_fusion benchmark_epilogue_fusion split_reductions constant_and_index_propagation
assert_indirect_indexing combo_kernel_foreach_dynamic_shapes combo_kernel_autotune_grouping
joint_graph_constant_folding optimize_scatter_upon_const_tensor worker_suppress_logging
aten_distributed_optimizations.enable_fusion_regions
aten_distributed_optimizations.prioritize_bucketing_during_scheduling
aten_distributed_optimizations.pre_bucketing_fsdp_collectives quiesce_async_compile_pool
use_static_cuda_launcher use_fast_triton_launcher use_launch_metadata_schema shape_padding
comprehensive_padding disable_padding_cpu bw_outputs_user_visible _use_fp64_for_unbacked_floats
enable_caching_generated_triton_templates cpp.no_redundant_loops cpp.weight_prepack
cpp.fallback_scatter_reduce_sum cpp.enable_tiling_heuristics cpp.enable_loop_tail_vec
cpp.use_constexpr_for_int_array triton.cudagraph_trees triton.slow_path_cudagraph_asserts
triton.cudagraph_support_input_mutation triton.reorder_for_reducing_graph_partitions
triton.coalesce_tiling_analysis triton.autotune_pointwise triton.autotune_cublasLt
triton.tiling_prevents_pointwise_fusion triton.tiling_prevents_reduction_fusion triton.unique_kernel_names
triton.persistent_reductions triton.divisible_by_16 triton.emit_pointer_range_32
triton.transpose_discontiguous_tensor_descriptor triton.codegen_upcast_to_fp32 triton.mix_order_reduction
triton.mix_order_reduction_allow_multi_stages triton.proton_group_by_sm triton.proton_split_invocations
triton.proton_per_cta_occupancy triton.dynamic_disable_pipelining aot_inductor.enable_frame_pointer
aot_inductor.enable_line_tables aot_inductor.use_consts_asm_build aot_inductor.dynamic_linkage
aot_inductor.raise_error_on_ignored_optimization aot_inductor.check_lowerbound
aot_inductor.package_constants_in_so aot_inductor.precompile_headers aot_inductor.link_libtorch
cutlass.cutlass_prescreening cutlass.use_binary_remote_cache cutlass.enable_caching_codegen
cuda.cutlass_prescreening cuda.use_binary_remote_cache cuda.enable_caching_codegen xpu.cutlass_prescreening
xpu.use_binary_remote_cache xpu.enable_caching_codegen rocm.use_fast_math rocm.flush_denormals trace.fx_graph
trace.fx_graph_transformed trace.ir_pre_fusion trace.ir_post_fusion trace.output_code
write_are_deterministic_algorithms_enabled lookup_table.check_src_hash
test_configs.assume_bucketing_reduces_latency emulate_precision_casts_on_saved_tensors""".split(),
        True,
    ),
    **dict.fromkeys(
        """\
worker_log_path fx_graph_remote_cache autotune_remote_cache bundled_autotune_remote_cache
sleep_sec_TESTING_ONLY post_grad_custom_pre_pass post_grad_custom_post_pass custom_partitioner_fn
joint_custom_pre_pass joint_custom_post_pass pre_grad_custom_pass _pre_fusion_custom_pass
_post_fusion_custom_pass reorder_prefetch_limit bucket_all_gathers_fx_bucket_size_determinator
bucket_reduce_scatters_fx_bucket_size_determinator bucket_all_reduces_fx_bucket_size_determinator
intra_node_bw inter_node_bw cudagraph_policy autoheuristic_use.pad_mm realize_opcount_threshold
realize_acc_reads_threshold realize_acc_reads_size_threshold inductor_choices_class
max_fusion_unique_io_buffers combo_kernel_peak_memory_increase_gb add_pre_grad_passes remove_pre_grad_passes
aten_distributed_optimizations.collective_bucketing aten_distributed_optimizations.insert_overlap_deps
aten_distributed_optimizations.max_compute_pre_fetch aten_distributed_optimizations.compute_overlap_multipler
aten_distributed_optimizations.custom_runtime_estimation
aten_distributed_optimizations.profile_guided_estimations_profile_path
aten_distributed_optimizations.max_memory_increase_gb aten_distributed_optimizations.max_memory_increase_ratio
aten_distributed_optimizations.max_in_flight_gb aten_distributed_optimizations.max_coll_distance
aten_distributed_optimizations.bucket_exposed_first aten_distributed_optimizations.bucket_mode
aten_distributed_optimizations.pre_bucketing_fsdp_collectives_bucket_cap_mb global_cache_dir
profile_bandwidth_output auto_chunker.num_chunk cpp.simdlen cpp.march cpp.inject_relu_bug_TESTING_ONLY
cpp.inject_log1p_bug_TESTING_ONLY cpp.vec_isa_ok cpp.gemm_cache_blocking cpp.gemm_thread_factors
triton.cudagraph_capture_sizes triton.max_tiles triton.autotune_at_compile_time
triton.inject_relu_bug_TESTING_ONLY triton.mix_order_reduction_split_size triton.proton_output_dir
aot_inductor.filtered_kernel_names aot_inductor.package_cpp_only aot_inductor.package_constants_on_disk_format
aot_inductor.embed_kernel_binary aot_inductor.emit_multi_arch_kernel
aot_inductor.model_name_for_generated_files aot_inductor.custom_op_libs aot_inductor.cross_target_platform
aot_inductor.aoti_shim_library aot_inductor.aoti_shim_library_path cutlass.cutlass_max_profiling_configs
cutlass.cutlass_op_allowlist_regex cutlass.cutlass_op_denylist_regex cuda.arch cuda.version cuda.cuda_cxx
cuda.cutlass_max_profiling_configs cuda.cutlass_op_allowlist_regex cuda.cutlass_op_denylist_regex xpu.arch
xpu.version xpu.oneapi_root xpu.cutlass_max_profiling_configs xpu.cutlass_op_allowlist_regex
xpu.cutlass_op_denylist_regex rocm.rocm_home rocm.ck_dir rocm.n_max_profiling_configs
rocm.ck_max_profiling_configs rocm.ck_tile_max_profiling_configs rocm.kBatch_sweep trace.debug_dir
trace.dot_graph_shape trace.log_url_for_graph_xform trace.upload_tar lookup_table.table
test_configs.force_custom_op_decomposition test_configs.max_mm_configs test_configs.max_flex_configs
test_configs.autotune_choice_name_regex test_configs.autotune_choice_desc_regex
test_configs.track_memory_lifecycle""".split()
    ),
    "precompilation_timeout_seconds": 300,
    "unsafe_marked_cacheable_functions": {},
    "triton_kernel_default_layout_constraint": "needs_fixed_stride_order",
    "memory_pool": "intermediates",
    "pre_grad_fusion_options": {},
    "post_grad_fusion_options": {},
    "fx_passes_numeric_check": {
        "pre_grad": False,
        "precision": 0.0001,
        "num_iterations": 1,
        "requires_optimizer": True,
    },
    "mixed_mm_choice": "heuristic",
    "reorder_for_compute_comm_overlap_passes": [],
    "size_threshold_for_succ_based_strategy": 0,
    "bucket_all_gathers_fx": "none",
    "bucket_all_gathers_bucket_mode": "default",
    "bucket_reduce_scatters_fx": "none",
    "bucket_reduce_scatters_bucket_mode": "default",
    "bucket_all_reduces_fx": "none",
    "estimate_op_runtime": "default",
    "cpu_gpu_bw": 50.0,
    "inductor_default_autotune_warmup": 25,
    "inductor_default_autotune_rep": 100,
    "autotune_num_choices_displayed": 10,
    "custom_should_partition_ops": [],
    "cudagraph_unsafe_unbacked_ops": [],
    "multi_kernel_hints": [],
    "max_autotune_gemm_backends": "ATEN,TRITON,CPP",
    "nvgemm_max_profiling_configs": 5,
    "_conv_default_backends": "ATEN",
    "max_autotune_conv_backends": "ATEN,TRITON",
    "max_autotune_conv_bwd_weight_backends": "ATEN",
    "max_autotune_conv_bwd_input_backends": "ATEN",
    "max_autotune_gemm_search_space": "DEFAULT",
    "max_autotune_flex_search_space": "DEFAULT",
    "pre_grad_pass_timing": "default",
    "unbacked_symint_fallback": 8192,
    "max_autotune_subproc_result_timeout_seconds": 60.0,
    "max_autotune_subproc_graceful_timeout_seconds": 0.0,
    "max_autotune_subproc_terminate_timeout_seconds": 0.0,
    "collective_benchmark_nruns": 50,
    "collective_benchmark_timeout": 30.0,
    "coordinate_descent_search_radius": 1,
    "autoheuristic_log_path": "DEFAULT",
    "layout_opt_default": "1",
    "realize_reads_threshold": 4,
    "_realize_opcount_threshold_default": 30,
    "realize_cpu_opcount_threshold": 50,
    "_realize_acc_reads_threshold_default": 8,
    "realize_cpu_acc_reads_threshold": 12,
    "enabled_metric_tables": "",
    "score_fusion_memory_threshold": 10,
    "max_epilogue_benchmarked_choices": 1,
    "max_fusion_size": 64,
    "min_overlap_ratio": 1.1,
    "max_fusion_buffer_group_pairwise_attempts": 64,
    "max_complex_pointwise_cat_inputs": 8,
    "max_pointwise_cat_inputs": 8,
    "unroll_reductions_threshold": 8,
    "min_num_split": 0,
    "combo_kernels_autotune": 1,
    "combo_kernel_allow_mixed_sizes": 1,
    "combo_kernel_max_num_args": 250,
    "combo_kernel_max_num_nodes": 8,
    "combo_kernel_peak_memory_pct_threshold": 0.05,
    "combo_kernel_max_distance": -1,
    "disabled_passes": "",
    "worker_start_method": "subprocess",
    "small_memory_access_threshold": 16777216,
    "_fuse_ddp_bucket_size": 25,
    "_fuse_ddp_communication_passes": ["fuse_ddp_with_concat_op", "schedule_comm_wait"],
    "partitioned_scatter_min_partitions": 2,
    "partitioned_scatter_max_partitions": 128,
    "partitioned_scatter_memory_budget": 0.1,
    "_collective.one_shot_all_reduce_threshold_bytes": 131072,
    "aten_distributed_optimizations.collective_estimator": "analytical",
    "aten_distributed_optimizations.compute_estimator": "benchmark",
    "aten_distributed_optimizations.spmd_mismatch": "warn",
    "aten_distributed_optimizations.low_contention_min_bytes_per_rank": 16777216,
    "aten_distributed_optimizations.pre_bucketing_fsdp_collectives_min_bucket_cap_mb": 10.0,
    "aten_distributed_optimizations.pre_bucketing_fsdp_collectives_max_bucket_cap_mb": 500.0,
    "aten_distributed_optimizations.pre_bucketing_fsdp_collectives_saturation_calibration_multiplier": 1.0,
    "compile_threads": 2,
    "quiesce_async_compile_time": 60,
    "kernel_name_max_ops": 10,
    "padding_alignment_bytes": 128,
    "padding_stride_threshold": 1024,
    "_profile_var": "",
    "profile_bandwidth_regex": "",
    "autotune_lookup_table": {},
    "file_lock_timeout": 600,
    "compile_worker_wait_timeout": 0,
    "torchinductor_worker_logpath": "",
    "auto_chunker.output_size_threshold": 1048576,
    "auto_chunker.amplify_ratio_threshold": 8,
    "cpp.threads": -1,
    "cpp.min_chunk_size": 512,
    "cpp.cxx": (None, "g++"),
    "cpp.descriptive_names": "original_aten",
    "cpp.max_horizontal_fusion_size": 16,
    "cpp.enable_floating_point_contract_flag": "off",
    "cpp.gemm_max_k_slices": 1,
    "cpp.use_two_step_variance_threshold": 1024,
    "triton.cudagraph_min_partition_size": 0,
    "triton.cudagraph_unexpected_rerecord_limit": 128,
    "triton.cudagraph_dynamic_shape_warn_limit": 8,
    "triton.cudagraph_partition_memory_budget": 1.1,
    "triton.descriptive_names": "original_aten",
    "triton.use_two_step_variance_min_numel": 1024,
    "triton.use_two_step_variance_threshold": 32768,
    "triton.multi_kernel": 0,
    "triton.min_split_scan_rblock": 256,
    "triton.spill_threshold": 16,
    "triton.num_decompose_k_splits": 10,
    "triton.decompose_k_threshold": 32,
    "triton.mix_order_reduction_initial_xblock": 1,
    "triton.mix_order_reduction_max_reads": 10,
    "triton.debug_dump_kernel_inputs": {},
    "triton.max_kernel_dump_occurrences": 3,
    "aot_inductor.output_path": "",
    "aot_inductor.compile_wrapper_opt_level": "O1",
    "aot_inductor.debug_intermediate_value_printer": "0",
    "aot_inductor.serialized_in_spec": "",
    "aot_inductor.serialized_out_spec": "",
    "aot_inductor.metadata": {},
    "aot_inductor.repro_level": 2,
    "aot_inductor.presets": {},
    "aot_inductor.custom_ops_to_c_shims": {},
    "cutlass.compile_opt_level": "-O1",
    "cutlass.cutlass_dir": "",
    "cutlass.cutlass_max_profiling_swizzle_options": [1, 2, 4, 8],
    "cutlass.cutlass_dynamic_cluster_shape": (2, 1, 1),
    "cutlass.cutlass_dynamic_cluster_fallback": (2, 1, 1),
    "cutlass.cutlass_backend_min_gemm_size": 1,
    "cutlass.cutlass_instantiation_level": "0",
    "cutlass.cutlass_enabled_ops": "all",
    "cuda.nvgemm_max_profiling_configs": 5,
    "cuda.compile_opt_level": "-O1",
    "cuda.cutlass_dir": "",
    "cuda.cutlass_max_profiling_swizzle_options": [1, 2, 4, 8],
    "cuda.cutlass_dynamic_cluster_shape": (2, 1, 1),
    "cuda.cutlass_dynamic_cluster_fallback": (2, 1, 1),
    "cuda.cutlass_backend_min_gemm_size": 1,
    "cuda.cutlass_instantiation_level": "0",
    "cuda.cutlass_enabled_ops": "all",
    "xpu.cutlass_dir": "",
    "xpu.compile_opt_level": "-O1",
    "xpu.cutlass_max_profiling_swizzle_options": [1, 2, 4, 8],
    "xpu.cutlass_dynamic_cluster_shape": (2, 1, 1),
    "xpu.cutlass_dynamic_cluster_fallback": (2, 1, 1),
    "xpu.cutlass_backend_min_gemm_size": 1,
    "xpu.cutlass_instantiation_level": "0",
    "xpu.cutlass_enabled_ops": "all",
    "rocm.arch": [],
    "rocm.ck_supported_arch": ["gfx90a", "gfx942", "gfx950"],
    "rocm.compile_opt_level": "-O2",
    "rocm.split_k_threshold": 16,
    "rocm.contiguous_threshold": 16,
    "rocm.origami_topk": 6,
    "cpu_backend": "cpp",
    "cuda_backend": "triton",
    "tpu_backend": "pallas",
    "xpu_backend": "triton",
    "halide.cpu_target": "host",
    "halide.gpu_target": "host-cuda",
    "halide.scheduler_cuda": "Anderson2021",
    "halide.scheduler_cpu": "Adams2019",
    "trace.graph_diagram_format": "svg",
    "trace.orig_fx_graph_diagram_format": "svg",
    "trace.provenance_tracking_level": 0,
    "_save_config_ignore": [
        "trace.upload_tar",
        "joint_custom_pre_pass",
        "joint_custom_post_pass",
        "pre_grad_custom_pass",
        "aot_inductor.repro_level",
        "aot_inductor.dump_aoti_minifier",
        "post_grad_custom_pre_pass",
        "post_grad_custom_post_pass",
        "_fuse_ddp_communication_passes",
        "_pre_fusion_custom_pass",
        "cudagraph_policy",
    ],
    "_cache_config_ignore_prefix": [
        "trace",
        "cuda.cutlass_dir",
        "cutlass.cutlass_dir",
        "xpu.cutlass_dir",
        "worker_start_method",
        "compile_threads",
        "post_grad_custom_post_pass",
        "post_grad_custom_pre_pass",
        "joint_custom_pre_pass",
        "joint_custom_post_pass",
        "pre_grad_custom_pass",
        "_fuse_ddp_communication_passes",
        "_pre_fusion_custom_pass",
        "cudagraph_policy",
        "force_disable_cudagraph_TESTING_ONLY",
        "pre_grad_pass_timing",
        "fx_graph_cache",
        "fx_graph_remote_cache",
        "autotune_local_cache",
        "autotune_remote_cache",
    ],
    "_cache_config_factory_keys": ["inductor_choices_class"],
    "external_matmul": [],
    "test_configs.distort_benchmarking_result": "",
}
FUNCTORCH = {
    **dict.fromkeys(
        """\
functionalize_rng_ops debug_assert debug_partitioner unsafe_treat_script_objects_as_zero_size
autograd_cache_allow_custom_autograd_functions bundled_autograd_cache bypass_autograd_cache_key
error_on_custom_op_aliasing recompute_views is_non_builtin_to_include visualize_memory_budget_pareto
aggressive_recomputation enable_activation_offloading activation_offload_separate_stream
activation_offload_sink_wait activation_reload_prefetch unlift_effect_tokens fake_tensor_crossref
fake_tensor_propagate_real_tensors generate_fake_kernels_from_real_mismatches force_non_lazy_backward_lowering
strict_autograd_cache unsafe_allow_optimization_of_collectives
disable_guess_zero_tangent_for_mutated_input_subclass _sync_decision_cross_ranks force_autograd_cache
selective_decompose enable_complex_wrapper""".split(),
        False,
    ),
    **dict.fromkeys(
        """\
fake_tensor_allow_meta decompose_custom_triton_ops static_weight_shapes treat_parameters_as_free_to_save cse
enable_autograd_cache autograd_cache_normalize_inputs check_custom_op_aliasing view_replay_for_aliased_outputs
ban_recompute_used_far_apart ban_recompute_long_fusible_chains ban_recompute_materialized_backward
ban_recompute_not_in_allowlist ban_recompute_reductions remat_using_tags_for_fwd_loss_bwd_graph
fake_tensor_allow_unsafe_data_ptr_access donated_buffer graphsafe_rng_functionalization
_test_disable_functionalization guess_tangent_strides_as_outputs""".split(),
        True,
    ),
    **dict.fromkeys(
        """\
enable_remote_autograd_cache memory_budget_pareto_dir fake_tensor_prefer_device_type joint_custom_pass""".split()
    ),
    "_save_config_ignore": [
        "joint_custom_pass",
        "activation_memory_budget_runtime_estimator",
        "activation_memory_budget_solver",
    ],
    "max_dist_from_bw": 1000,
    "activation_memory_budget": 1.0,
    "activation_memory_budget_runtime_estimator": "flops",
    "activation_memory_budget_solver": "dp",
    "activation_offload_cpu_gpu_bw": 50.0,
    "custom_op_default_layout_constraint": "needs_exact_strides",
    "backward_pass_autocast": "same_as_forward",
    "torch_compile_graph_format": "svg",
    "saved_tensors_hooks_filtering_mode": "donated",
}
