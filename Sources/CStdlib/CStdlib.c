// Written by scripts/list-stdlib: the library in `.dl`, as bytes.
#include "CStdlib.h"
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char activations_elu_dl[] = {
#embed "../../stdlib/activations/elu.dl" suffix(,)
    0};
static const unsigned char activations_gelu_dl[] = {
#embed "../../stdlib/activations/gelu.dl" suffix(,)
    0};
static const unsigned char activations_leaky_relu_dl[] = {
#embed "../../stdlib/activations/leaky_relu.dl" suffix(,)
    0};
static const unsigned char activations_log_softmax_dl[] = {
#embed "../../stdlib/activations/log_softmax.dl" suffix(,)
    0};
static const unsigned char activations_relu_dl[] = {
#embed "../../stdlib/activations/relu.dl" suffix(,)
    0};
static const unsigned char activations_silu_dl[] = {
#embed "../../stdlib/activations/silu.dl" suffix(,)
    0};
static const unsigned char activations_softmax_dl[] = {
#embed "../../stdlib/activations/softmax.dl" suffix(,)
    0};
static const unsigned char activations_softplus_dl[] = {
#embed "../../stdlib/activations/softplus.dl" suffix(,)
    0};
static const unsigned char augmentations__sampled_dl[] = {
#embed "../../stdlib/augmentations/_sampled.dl" suffix(,)
    0};
static const unsigned char augmentations_frequency_mask_dl[] = {
#embed "../../stdlib/augmentations/frequency_mask.dl" suffix(,)
    0};
static const unsigned char augmentations_mixup_dl[] = {
#embed "../../stdlib/augmentations/mixup.dl" suffix(,)
    0};
static const unsigned char augmentations_noise_dl[] = {
#embed "../../stdlib/augmentations/noise.dl" suffix(,)
    0};
static const unsigned char augmentations_random_crop_dl[] = {
#embed "../../stdlib/augmentations/random_crop.dl" suffix(,)
    0};
static const unsigned char augmentations_random_erase_dl[] = {
#embed "../../stdlib/augmentations/random_erase.dl" suffix(,)
    0};
static const unsigned char augmentations_random_flip_dl[] = {
#embed "../../stdlib/augmentations/random_flip.dl" suffix(,)
    0};
static const unsigned char augmentations_random_rotate_dl[] = {
#embed "../../stdlib/augmentations/random_rotate.dl" suffix(,)
    0};
static const unsigned char augmentations_random_scale_dl[] = {
#embed "../../stdlib/augmentations/random_scale.dl" suffix(,)
    0};
static const unsigned char augmentations_random_shift_dl[] = {
#embed "../../stdlib/augmentations/random_shift.dl" suffix(,)
    0};
static const unsigned char augmentations_time_mask_dl[] = {
#embed "../../stdlib/augmentations/time_mask.dl" suffix(,)
    0};
static const unsigned char drawing__as_image_dl[] = {
#embed "../../stdlib/drawing/_as_image.dl" suffix(,)
    0};
static const unsigned char drawing__bins_dl[] = {
#embed "../../stdlib/drawing/_bins.dl" suffix(,)
    0};
static const unsigned char drawing__braille_dl[] = {
#embed "../../stdlib/drawing/_braille.dl" suffix(,)
    0};
static const unsigned char drawing__colors_dl[] = {
#embed "../../stdlib/drawing/_colors.dl" suffix(,)
    0};
static const unsigned char drawing__curve_dl[] = {
#embed "../../stdlib/drawing/_curve.dl" suffix(,)
    0};
static const unsigned char drawing__glyphs_dl[] = {
#embed "../../stdlib/drawing/_glyphs.dl" suffix(,)
    0};
static const unsigned char drawing__series_dl[] = {
#embed "../../stdlib/drawing/_series.dl" suffix(,)
    0};
static const unsigned char drawing__shades_dl[] = {
#embed "../../stdlib/drawing/_shades.dl" suffix(,)
    0};
static const unsigned char drawing_grid_dl[] = {
#embed "../../stdlib/drawing/grid.dl" suffix(,)
    0};
static const unsigned char drawing_heatmap_dl[] = {
#embed "../../stdlib/drawing/heatmap.dl" suffix(,)
    0};
static const unsigned char drawing_hist_dl[] = {
#embed "../../stdlib/drawing/hist.dl" suffix(,)
    0};
static const unsigned char drawing_image_dl[] = {
#embed "../../stdlib/drawing/image.dl" suffix(,)
    0};
static const unsigned char drawing_plot_dl[] = {
#embed "../../stdlib/drawing/plot.dl" suffix(,)
    0};
static const unsigned char drawing_read_image_dl[] = {
#embed "../../stdlib/drawing/read_image.dl" suffix(,)
    0};
static const unsigned char drawing_save_image_dl[] = {
#embed "../../stdlib/drawing/save_image.dl" suffix(,)
    0};
static const unsigned char explanation__score_dl[] = {
#embed "../../stdlib/explanation/_score.dl" suffix(,)
    0};
static const unsigned char explanation_grad_cam_dl[] = {
#embed "../../stdlib/explanation/grad_cam.dl" suffix(,)
    0};
static const unsigned char explanation_integrated_gradients_dl[] = {
#embed "../../stdlib/explanation/integrated_gradients.dl" suffix(,)
    0};
static const unsigned char explanation_occlusion_dl[] = {
#embed "../../stdlib/explanation/occlusion.dl" suffix(,)
    0};
static const unsigned char explanation_saliency_dl[] = {
#embed "../../stdlib/explanation/saliency.dl" suffix(,)
    0};
static const unsigned char functions__choose_dl[] = {
#embed "../../stdlib/functions/_choose.dl" suffix(,)
    0};
static const unsigned char functions__deep_dl[] = {
#embed "../../stdlib/functions/_deep.dl" suffix(,)
    0};
static const unsigned char functions__extents_dl[] = {
#embed "../../stdlib/functions/_extents.dl" suffix(,)
    0};
static const unsigned char functions__made_dl[] = {
#embed "../../stdlib/functions/_made.dl" suffix(,)
    0};
static const unsigned char functions__real_dl[] = {
#embed "../../stdlib/functions/_real.dl" suffix(,)
    0};
static const unsigned char functions__recurrent_dl[] = {
#embed "../../stdlib/functions/_recurrent.dl" suffix(,)
    0};
static const unsigned char functions__recurrent_cells_dl[] = {
#embed "../../stdlib/functions/_recurrent_cells.dl" suffix(,)
    0};
static const unsigned char functions__recurrent_init_dl[] = {
#embed "../../stdlib/functions/_recurrent_init.dl" suffix(,)
    0};
static const unsigned char functions_logsumexp_dl[] = {
#embed "../../stdlib/functions/logsumexp.dl" suffix(,)
    0};
static const unsigned char functions_norm_dl[] = {
#embed "../../stdlib/functions/norm.dl" suffix(,)
    0};
static const unsigned char functions_std_dl[] = {
#embed "../../stdlib/functions/std.dl" suffix(,)
    0};
static const unsigned char functions_var__dl[] = {
#embed "../../stdlib/functions/var_.dl" suffix(,)
    0};
static const unsigned char generation__next_token_dl[] = {
#embed "../../stdlib/generation/_next_token.dl" suffix(,)
    0};
static const unsigned char generation__reader_dl[] = {
#embed "../../stdlib/generation/_reader.dl" suffix(,)
    0};
static const unsigned char generation_generate_dl[] = {
#embed "../../stdlib/generation/generate.dl" suffix(,)
    0};
static const unsigned char initializers__fans_dl[] = {
#embed "../../stdlib/initializers/_fans.dl" suffix(,)
    0};
static const unsigned char initializers_glorot_normal_dl[] = {
#embed "../../stdlib/initializers/glorot_normal.dl" suffix(,)
    0};
static const unsigned char initializers_glorot_uniform_dl[] = {
#embed "../../stdlib/initializers/glorot_uniform.dl" suffix(,)
    0};
static const unsigned char initializers_he_normal_dl[] = {
#embed "../../stdlib/initializers/he_normal.dl" suffix(,)
    0};
static const unsigned char initializers_he_uniform_dl[] = {
#embed "../../stdlib/initializers/he_uniform.dl" suffix(,)
    0};
static const unsigned char initializers_orthogonal_dl[] = {
#embed "../../stdlib/initializers/orthogonal.dl" suffix(,)
    0};
static const unsigned char layers_AvgPool_dl[] = {
#embed "../../stdlib/layers/AvgPool.dl" suffix(,)
    0};
static const unsigned char layers_BatchNorm_dl[] = {
#embed "../../stdlib/layers/BatchNorm.dl" suffix(,)
    0};
static const unsigned char layers_Conv_dl[] = {
#embed "../../stdlib/layers/Conv.dl" suffix(,)
    0};
static const unsigned char layers_ConvTranspose_dl[] = {
#embed "../../stdlib/layers/ConvTranspose.dl" suffix(,)
    0};
static const unsigned char layers_Dense_dl[] = {
#embed "../../stdlib/layers/Dense.dl" suffix(,)
    0};
static const unsigned char layers_Dropout_dl[] = {
#embed "../../stdlib/layers/Dropout.dl" suffix(,)
    0};
static const unsigned char layers_Embedding_dl[] = {
#embed "../../stdlib/layers/Embedding.dl" suffix(,)
    0};
static const unsigned char layers_Flatten_dl[] = {
#embed "../../stdlib/layers/Flatten.dl" suffix(,)
    0};
static const unsigned char layers_GRU_dl[] = {
#embed "../../stdlib/layers/GRU.dl" suffix(,)
    0};
static const unsigned char layers_GlobalAvgPool_dl[] = {
#embed "../../stdlib/layers/GlobalAvgPool.dl" suffix(,)
    0};
static const unsigned char layers_GlobalMaxPool_dl[] = {
#embed "../../stdlib/layers/GlobalMaxPool.dl" suffix(,)
    0};
static const unsigned char layers_GroupNorm_dl[] = {
#embed "../../stdlib/layers/GroupNorm.dl" suffix(,)
    0};
static const unsigned char layers_LSTM_dl[] = {
#embed "../../stdlib/layers/LSTM.dl" suffix(,)
    0};
static const unsigned char layers_LayerNorm_dl[] = {
#embed "../../stdlib/layers/LayerNorm.dl" suffix(,)
    0};
static const unsigned char layers_MaxPool_dl[] = {
#embed "../../stdlib/layers/MaxPool.dl" suffix(,)
    0};
static const unsigned char layers_MultiHeadAttention_dl[] = {
#embed "../../stdlib/layers/MultiHeadAttention.dl" suffix(,)
    0};
static const unsigned char layers_Parallel_dl[] = {
#embed "../../stdlib/layers/Parallel.dl" suffix(,)
    0};
static const unsigned char layers_PositionalEncoding_dl[] = {
#embed "../../stdlib/layers/PositionalEncoding.dl" suffix(,)
    0};
static const unsigned char layers_RNN_dl[] = {
#embed "../../stdlib/layers/RNN.dl" suffix(,)
    0};
static const unsigned char layers_Repeat_dl[] = {
#embed "../../stdlib/layers/Repeat.dl" suffix(,)
    0};
static const unsigned char layers_Reshape_dl[] = {
#embed "../../stdlib/layers/Reshape.dl" suffix(,)
    0};
static const unsigned char layers_Residual_dl[] = {
#embed "../../stdlib/layers/Residual.dl" suffix(,)
    0};
static const unsigned char layers_TransformerBlock_dl[] = {
#embed "../../stdlib/layers/TransformerBlock.dl" suffix(,)
    0};
static const unsigned char layers_Upsample_dl[] = {
#embed "../../stdlib/layers/Upsample.dl" suffix(,)
    0};
static const unsigned char layers_Variable_dl[] = {
#embed "../../stdlib/layers/Variable.dl" suffix(,)
    0};
static const unsigned char layers__RecurrentWeights_dl[] = {
#embed "../../stdlib/layers/_RecurrentWeights.dl" suffix(,)
    0};
static const unsigned char losses__classes_last_dl[] = {
#embed "../../stdlib/losses/_classes_last.dl" suffix(,)
    0};
static const unsigned char losses__labels_dl[] = {
#embed "../../stdlib/losses/_labels.dl" suffix(,)
    0};
static const unsigned char losses__reduce_dl[] = {
#embed "../../stdlib/losses/_reduce.dl" suffix(,)
    0};
static const unsigned char losses_bce_dl[] = {
#embed "../../stdlib/losses/bce.dl" suffix(,)
    0};
static const unsigned char losses_contrastive_dl[] = {
#embed "../../stdlib/losses/contrastive.dl" suffix(,)
    0};
static const unsigned char losses_cross_entropy_dl[] = {
#embed "../../stdlib/losses/cross_entropy.dl" suffix(,)
    0};
static const unsigned char losses_ctc_dl[] = {
#embed "../../stdlib/losses/ctc.dl" suffix(,)
    0};
static const unsigned char losses_dice_dl[] = {
#embed "../../stdlib/losses/dice.dl" suffix(,)
    0};
static const unsigned char losses_focal_dl[] = {
#embed "../../stdlib/losses/focal.dl" suffix(,)
    0};
static const unsigned char losses_hinge_dl[] = {
#embed "../../stdlib/losses/hinge.dl" suffix(,)
    0};
static const unsigned char losses_huber_dl[] = {
#embed "../../stdlib/losses/huber.dl" suffix(,)
    0};
static const unsigned char losses_kl_dl[] = {
#embed "../../stdlib/losses/kl.dl" suffix(,)
    0};
static const unsigned char losses_kl_normal_dl[] = {
#embed "../../stdlib/losses/kl_normal.dl" suffix(,)
    0};
static const unsigned char losses_mae_dl[] = {
#embed "../../stdlib/losses/mae.dl" suffix(,)
    0};
static const unsigned char losses_mse_dl[] = {
#embed "../../stdlib/losses/mse.dl" suffix(,)
    0};
static const unsigned char losses_nll_dl[] = {
#embed "../../stdlib/losses/nll.dl" suffix(,)
    0};
static const unsigned char losses_triplet_dl[] = {
#embed "../../stdlib/losses/triplet.dl" suffix(,)
    0};
static const unsigned char metrics__answers_dl[] = {
#embed "../../stdlib/metrics/_answers.dl" suffix(,)
    0};
static const unsigned char metrics__counts_dl[] = {
#embed "../../stdlib/metrics/_counts.dl" suffix(,)
    0};
static const unsigned char metrics__over_classes_dl[] = {
#embed "../../stdlib/metrics/_over_classes.dl" suffix(,)
    0};
static const unsigned char metrics__words_dl[] = {
#embed "../../stdlib/metrics/_words.dl" suffix(,)
    0};
static const unsigned char metrics_accuracy_dl[] = {
#embed "../../stdlib/metrics/accuracy.dl" suffix(,)
    0};
static const unsigned char metrics_auc_dl[] = {
#embed "../../stdlib/metrics/auc.dl" suffix(,)
    0};
static const unsigned char metrics_bleu_dl[] = {
#embed "../../stdlib/metrics/bleu.dl" suffix(,)
    0};
static const unsigned char metrics_confusion_matrix_dl[] = {
#embed "../../stdlib/metrics/confusion_matrix.dl" suffix(,)
    0};
static const unsigned char metrics_f1_dl[] = {
#embed "../../stdlib/metrics/f1.dl" suffix(,)
    0};
static const unsigned char metrics_mean_average_precision_dl[] = {
#embed "../../stdlib/metrics/mean_average_precision.dl" suffix(,)
    0};
static const unsigned char metrics_per_class_dl[] = {
#embed "../../stdlib/metrics/per_class.dl" suffix(,)
    0};
static const unsigned char metrics_perplexity_dl[] = {
#embed "../../stdlib/metrics/perplexity.dl" suffix(,)
    0};
static const unsigned char metrics_precision_dl[] = {
#embed "../../stdlib/metrics/precision.dl" suffix(,)
    0};
static const unsigned char metrics_psnr_dl[] = {
#embed "../../stdlib/metrics/psnr.dl" suffix(,)
    0};
static const unsigned char metrics_r2_dl[] = {
#embed "../../stdlib/metrics/r2.dl" suffix(,)
    0};
static const unsigned char metrics_recall_dl[] = {
#embed "../../stdlib/metrics/recall.dl" suffix(,)
    0};
static const unsigned char metrics_rmse_dl[] = {
#embed "../../stdlib/metrics/rmse.dl" suffix(,)
    0};
static const unsigned char metrics_ssim_dl[] = {
#embed "../../stdlib/metrics/ssim.dl" suffix(,)
    0};
static const unsigned char metrics_top_k_dl[] = {
#embed "../../stdlib/metrics/top_k.dl" suffix(,)
    0};
static const unsigned char metrics_word_error_rate_dl[] = {
#embed "../../stdlib/metrics/word_error_rate.dl" suffix(,)
    0};
static const unsigned char optimizers_adagrad_dl[] = {
#embed "../../stdlib/optimizers/adagrad.dl" suffix(,)
    0};
static const unsigned char optimizers_adam_dl[] = {
#embed "../../stdlib/optimizers/adam.dl" suffix(,)
    0};
static const unsigned char optimizers_adamw_dl[] = {
#embed "../../stdlib/optimizers/adamw.dl" suffix(,)
    0};
static const unsigned char optimizers_lion_dl[] = {
#embed "../../stdlib/optimizers/lion.dl" suffix(,)
    0};
static const unsigned char optimizers_rmsprop_dl[] = {
#embed "../../stdlib/optimizers/rmsprop.dl" suffix(,)
    0};
static const unsigned char optimizers_sgd_dl[] = {
#embed "../../stdlib/optimizers/sgd.dl" suffix(,)
    0};
static const unsigned char schedules__in_steps_dl[] = {
#embed "../../stdlib/schedules/_in_steps.dl" suffix(,)
    0};
static const unsigned char schedules_cosine_dl[] = {
#embed "../../stdlib/schedules/cosine.dl" suffix(,)
    0};
static const unsigned char schedules_linear_dl[] = {
#embed "../../stdlib/schedules/linear.dl" suffix(,)
    0};
static const unsigned char schedules_one_cycle_dl[] = {
#embed "../../stdlib/schedules/one_cycle.dl" suffix(,)
    0};
static const unsigned char schedules_plateau_dl[] = {
#embed "../../stdlib/schedules/plateau.dl" suffix(,)
    0};
static const unsigned char schedules_step_dl[] = {
#embed "../../stdlib/schedules/step.dl" suffix(,)
    0};
static const unsigned char sound_mel_dl[] = {
#embed "../../stdlib/sound/mel.dl" suffix(,)
    0};
static const unsigned char sound_read_wav_dl[] = {
#embed "../../stdlib/sound/read_wav.dl" suffix(,)
    0};
static const unsigned char sound_save_wav_dl[] = {
#embed "../../stdlib/sound/save_wav.dl" suffix(,)
    0};
static const unsigned char sound_stft_dl[] = {
#embed "../../stdlib/sound/stft.dl" suffix(,)
    0};

static const struct stdlib_file files[] = {
    {"activations/elu.dl", activations_elu_dl, sizeof activations_elu_dl - 1},
    {"activations/gelu.dl", activations_gelu_dl, sizeof activations_gelu_dl - 1},
    {"activations/leaky_relu.dl", activations_leaky_relu_dl, sizeof activations_leaky_relu_dl - 1},
    {"activations/log_softmax.dl", activations_log_softmax_dl, sizeof activations_log_softmax_dl - 1},
    {"activations/relu.dl", activations_relu_dl, sizeof activations_relu_dl - 1},
    {"activations/silu.dl", activations_silu_dl, sizeof activations_silu_dl - 1},
    {"activations/softmax.dl", activations_softmax_dl, sizeof activations_softmax_dl - 1},
    {"activations/softplus.dl", activations_softplus_dl, sizeof activations_softplus_dl - 1},
    {"augmentations/_sampled.dl", augmentations__sampled_dl, sizeof augmentations__sampled_dl - 1},
    {"augmentations/frequency_mask.dl", augmentations_frequency_mask_dl, sizeof augmentations_frequency_mask_dl - 1},
    {"augmentations/mixup.dl", augmentations_mixup_dl, sizeof augmentations_mixup_dl - 1},
    {"augmentations/noise.dl", augmentations_noise_dl, sizeof augmentations_noise_dl - 1},
    {"augmentations/random_crop.dl", augmentations_random_crop_dl, sizeof augmentations_random_crop_dl - 1},
    {"augmentations/random_erase.dl", augmentations_random_erase_dl, sizeof augmentations_random_erase_dl - 1},
    {"augmentations/random_flip.dl", augmentations_random_flip_dl, sizeof augmentations_random_flip_dl - 1},
    {"augmentations/random_rotate.dl", augmentations_random_rotate_dl, sizeof augmentations_random_rotate_dl - 1},
    {"augmentations/random_scale.dl", augmentations_random_scale_dl, sizeof augmentations_random_scale_dl - 1},
    {"augmentations/random_shift.dl", augmentations_random_shift_dl, sizeof augmentations_random_shift_dl - 1},
    {"augmentations/time_mask.dl", augmentations_time_mask_dl, sizeof augmentations_time_mask_dl - 1},
    {"drawing/_as_image.dl", drawing__as_image_dl, sizeof drawing__as_image_dl - 1},
    {"drawing/_bins.dl", drawing__bins_dl, sizeof drawing__bins_dl - 1},
    {"drawing/_braille.dl", drawing__braille_dl, sizeof drawing__braille_dl - 1},
    {"drawing/_colors.dl", drawing__colors_dl, sizeof drawing__colors_dl - 1},
    {"drawing/_curve.dl", drawing__curve_dl, sizeof drawing__curve_dl - 1},
    {"drawing/_glyphs.dl", drawing__glyphs_dl, sizeof drawing__glyphs_dl - 1},
    {"drawing/_series.dl", drawing__series_dl, sizeof drawing__series_dl - 1},
    {"drawing/_shades.dl", drawing__shades_dl, sizeof drawing__shades_dl - 1},
    {"drawing/grid.dl", drawing_grid_dl, sizeof drawing_grid_dl - 1},
    {"drawing/heatmap.dl", drawing_heatmap_dl, sizeof drawing_heatmap_dl - 1},
    {"drawing/hist.dl", drawing_hist_dl, sizeof drawing_hist_dl - 1},
    {"drawing/image.dl", drawing_image_dl, sizeof drawing_image_dl - 1},
    {"drawing/plot.dl", drawing_plot_dl, sizeof drawing_plot_dl - 1},
    {"drawing/read_image.dl", drawing_read_image_dl, sizeof drawing_read_image_dl - 1},
    {"drawing/save_image.dl", drawing_save_image_dl, sizeof drawing_save_image_dl - 1},
    {"explanation/_score.dl", explanation__score_dl, sizeof explanation__score_dl - 1},
    {"explanation/grad_cam.dl", explanation_grad_cam_dl, sizeof explanation_grad_cam_dl - 1},
    {"explanation/integrated_gradients.dl", explanation_integrated_gradients_dl, sizeof explanation_integrated_gradients_dl - 1},
    {"explanation/occlusion.dl", explanation_occlusion_dl, sizeof explanation_occlusion_dl - 1},
    {"explanation/saliency.dl", explanation_saliency_dl, sizeof explanation_saliency_dl - 1},
    {"functions/_choose.dl", functions__choose_dl, sizeof functions__choose_dl - 1},
    {"functions/_deep.dl", functions__deep_dl, sizeof functions__deep_dl - 1},
    {"functions/_extents.dl", functions__extents_dl, sizeof functions__extents_dl - 1},
    {"functions/_made.dl", functions__made_dl, sizeof functions__made_dl - 1},
    {"functions/_real.dl", functions__real_dl, sizeof functions__real_dl - 1},
    {"functions/_recurrent.dl", functions__recurrent_dl, sizeof functions__recurrent_dl - 1},
    {"functions/_recurrent_cells.dl", functions__recurrent_cells_dl, sizeof functions__recurrent_cells_dl - 1},
    {"functions/_recurrent_init.dl", functions__recurrent_init_dl, sizeof functions__recurrent_init_dl - 1},
    {"functions/logsumexp.dl", functions_logsumexp_dl, sizeof functions_logsumexp_dl - 1},
    {"functions/norm.dl", functions_norm_dl, sizeof functions_norm_dl - 1},
    {"functions/std.dl", functions_std_dl, sizeof functions_std_dl - 1},
    {"functions/var_.dl", functions_var__dl, sizeof functions_var__dl - 1},
    {"generation/_next_token.dl", generation__next_token_dl, sizeof generation__next_token_dl - 1},
    {"generation/_reader.dl", generation__reader_dl, sizeof generation__reader_dl - 1},
    {"generation/generate.dl", generation_generate_dl, sizeof generation_generate_dl - 1},
    {"initializers/_fans.dl", initializers__fans_dl, sizeof initializers__fans_dl - 1},
    {"initializers/glorot_normal.dl", initializers_glorot_normal_dl, sizeof initializers_glorot_normal_dl - 1},
    {"initializers/glorot_uniform.dl", initializers_glorot_uniform_dl, sizeof initializers_glorot_uniform_dl - 1},
    {"initializers/he_normal.dl", initializers_he_normal_dl, sizeof initializers_he_normal_dl - 1},
    {"initializers/he_uniform.dl", initializers_he_uniform_dl, sizeof initializers_he_uniform_dl - 1},
    {"initializers/orthogonal.dl", initializers_orthogonal_dl, sizeof initializers_orthogonal_dl - 1},
    {"layers/AvgPool.dl", layers_AvgPool_dl, sizeof layers_AvgPool_dl - 1},
    {"layers/BatchNorm.dl", layers_BatchNorm_dl, sizeof layers_BatchNorm_dl - 1},
    {"layers/Conv.dl", layers_Conv_dl, sizeof layers_Conv_dl - 1},
    {"layers/ConvTranspose.dl", layers_ConvTranspose_dl, sizeof layers_ConvTranspose_dl - 1},
    {"layers/Dense.dl", layers_Dense_dl, sizeof layers_Dense_dl - 1},
    {"layers/Dropout.dl", layers_Dropout_dl, sizeof layers_Dropout_dl - 1},
    {"layers/Embedding.dl", layers_Embedding_dl, sizeof layers_Embedding_dl - 1},
    {"layers/Flatten.dl", layers_Flatten_dl, sizeof layers_Flatten_dl - 1},
    {"layers/GRU.dl", layers_GRU_dl, sizeof layers_GRU_dl - 1},
    {"layers/GlobalAvgPool.dl", layers_GlobalAvgPool_dl, sizeof layers_GlobalAvgPool_dl - 1},
    {"layers/GlobalMaxPool.dl", layers_GlobalMaxPool_dl, sizeof layers_GlobalMaxPool_dl - 1},
    {"layers/GroupNorm.dl", layers_GroupNorm_dl, sizeof layers_GroupNorm_dl - 1},
    {"layers/LSTM.dl", layers_LSTM_dl, sizeof layers_LSTM_dl - 1},
    {"layers/LayerNorm.dl", layers_LayerNorm_dl, sizeof layers_LayerNorm_dl - 1},
    {"layers/MaxPool.dl", layers_MaxPool_dl, sizeof layers_MaxPool_dl - 1},
    {"layers/MultiHeadAttention.dl", layers_MultiHeadAttention_dl, sizeof layers_MultiHeadAttention_dl - 1},
    {"layers/Parallel.dl", layers_Parallel_dl, sizeof layers_Parallel_dl - 1},
    {"layers/PositionalEncoding.dl", layers_PositionalEncoding_dl, sizeof layers_PositionalEncoding_dl - 1},
    {"layers/RNN.dl", layers_RNN_dl, sizeof layers_RNN_dl - 1},
    {"layers/Repeat.dl", layers_Repeat_dl, sizeof layers_Repeat_dl - 1},
    {"layers/Reshape.dl", layers_Reshape_dl, sizeof layers_Reshape_dl - 1},
    {"layers/Residual.dl", layers_Residual_dl, sizeof layers_Residual_dl - 1},
    {"layers/TransformerBlock.dl", layers_TransformerBlock_dl, sizeof layers_TransformerBlock_dl - 1},
    {"layers/Upsample.dl", layers_Upsample_dl, sizeof layers_Upsample_dl - 1},
    {"layers/Variable.dl", layers_Variable_dl, sizeof layers_Variable_dl - 1},
    {"layers/_RecurrentWeights.dl", layers__RecurrentWeights_dl, sizeof layers__RecurrentWeights_dl - 1},
    {"losses/_classes_last.dl", losses__classes_last_dl, sizeof losses__classes_last_dl - 1},
    {"losses/_labels.dl", losses__labels_dl, sizeof losses__labels_dl - 1},
    {"losses/_reduce.dl", losses__reduce_dl, sizeof losses__reduce_dl - 1},
    {"losses/bce.dl", losses_bce_dl, sizeof losses_bce_dl - 1},
    {"losses/contrastive.dl", losses_contrastive_dl, sizeof losses_contrastive_dl - 1},
    {"losses/cross_entropy.dl", losses_cross_entropy_dl, sizeof losses_cross_entropy_dl - 1},
    {"losses/ctc.dl", losses_ctc_dl, sizeof losses_ctc_dl - 1},
    {"losses/dice.dl", losses_dice_dl, sizeof losses_dice_dl - 1},
    {"losses/focal.dl", losses_focal_dl, sizeof losses_focal_dl - 1},
    {"losses/hinge.dl", losses_hinge_dl, sizeof losses_hinge_dl - 1},
    {"losses/huber.dl", losses_huber_dl, sizeof losses_huber_dl - 1},
    {"losses/kl.dl", losses_kl_dl, sizeof losses_kl_dl - 1},
    {"losses/kl_normal.dl", losses_kl_normal_dl, sizeof losses_kl_normal_dl - 1},
    {"losses/mae.dl", losses_mae_dl, sizeof losses_mae_dl - 1},
    {"losses/mse.dl", losses_mse_dl, sizeof losses_mse_dl - 1},
    {"losses/nll.dl", losses_nll_dl, sizeof losses_nll_dl - 1},
    {"losses/triplet.dl", losses_triplet_dl, sizeof losses_triplet_dl - 1},
    {"metrics/_answers.dl", metrics__answers_dl, sizeof metrics__answers_dl - 1},
    {"metrics/_counts.dl", metrics__counts_dl, sizeof metrics__counts_dl - 1},
    {"metrics/_over_classes.dl", metrics__over_classes_dl, sizeof metrics__over_classes_dl - 1},
    {"metrics/_words.dl", metrics__words_dl, sizeof metrics__words_dl - 1},
    {"metrics/accuracy.dl", metrics_accuracy_dl, sizeof metrics_accuracy_dl - 1},
    {"metrics/auc.dl", metrics_auc_dl, sizeof metrics_auc_dl - 1},
    {"metrics/bleu.dl", metrics_bleu_dl, sizeof metrics_bleu_dl - 1},
    {"metrics/confusion_matrix.dl", metrics_confusion_matrix_dl, sizeof metrics_confusion_matrix_dl - 1},
    {"metrics/f1.dl", metrics_f1_dl, sizeof metrics_f1_dl - 1},
    {"metrics/mean_average_precision.dl", metrics_mean_average_precision_dl, sizeof metrics_mean_average_precision_dl - 1},
    {"metrics/per_class.dl", metrics_per_class_dl, sizeof metrics_per_class_dl - 1},
    {"metrics/perplexity.dl", metrics_perplexity_dl, sizeof metrics_perplexity_dl - 1},
    {"metrics/precision.dl", metrics_precision_dl, sizeof metrics_precision_dl - 1},
    {"metrics/psnr.dl", metrics_psnr_dl, sizeof metrics_psnr_dl - 1},
    {"metrics/r2.dl", metrics_r2_dl, sizeof metrics_r2_dl - 1},
    {"metrics/recall.dl", metrics_recall_dl, sizeof metrics_recall_dl - 1},
    {"metrics/rmse.dl", metrics_rmse_dl, sizeof metrics_rmse_dl - 1},
    {"metrics/ssim.dl", metrics_ssim_dl, sizeof metrics_ssim_dl - 1},
    {"metrics/top_k.dl", metrics_top_k_dl, sizeof metrics_top_k_dl - 1},
    {"metrics/word_error_rate.dl", metrics_word_error_rate_dl, sizeof metrics_word_error_rate_dl - 1},
    {"optimizers/adagrad.dl", optimizers_adagrad_dl, sizeof optimizers_adagrad_dl - 1},
    {"optimizers/adam.dl", optimizers_adam_dl, sizeof optimizers_adam_dl - 1},
    {"optimizers/adamw.dl", optimizers_adamw_dl, sizeof optimizers_adamw_dl - 1},
    {"optimizers/lion.dl", optimizers_lion_dl, sizeof optimizers_lion_dl - 1},
    {"optimizers/rmsprop.dl", optimizers_rmsprop_dl, sizeof optimizers_rmsprop_dl - 1},
    {"optimizers/sgd.dl", optimizers_sgd_dl, sizeof optimizers_sgd_dl - 1},
    {"schedules/_in_steps.dl", schedules__in_steps_dl, sizeof schedules__in_steps_dl - 1},
    {"schedules/cosine.dl", schedules_cosine_dl, sizeof schedules_cosine_dl - 1},
    {"schedules/linear.dl", schedules_linear_dl, sizeof schedules_linear_dl - 1},
    {"schedules/one_cycle.dl", schedules_one_cycle_dl, sizeof schedules_one_cycle_dl - 1},
    {"schedules/plateau.dl", schedules_plateau_dl, sizeof schedules_plateau_dl - 1},
    {"schedules/step.dl", schedules_step_dl, sizeof schedules_step_dl - 1},
    {"sound/mel.dl", sound_mel_dl, sizeof sound_mel_dl - 1},
    {"sound/read_wav.dl", sound_read_wav_dl, sizeof sound_read_wav_dl - 1},
    {"sound/save_wav.dl", sound_save_wav_dl, sizeof sound_save_wav_dl - 1},
    {"sound/stft.dl", sound_stft_dl, sizeof sound_stft_dl - 1},
};

size_t stdlib_count(void) { return sizeof files / sizeof *files; }

struct stdlib_file stdlib_at(size_t position) { return files[position]; }
