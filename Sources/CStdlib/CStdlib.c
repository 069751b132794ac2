// Written by scripts/list-stdlib: the library in `.dl`, as bytes.
#include "CStdlib.h"
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file_0[] = {
#embed "../../stdlib/activations/elu.dl" suffix(,)
    0};
static const unsigned char file_1[] = {
#embed "../../stdlib/activations/gelu.dl" suffix(,)
    0};
static const unsigned char file_2[] = {
#embed "../../stdlib/activations/leaky_relu.dl" suffix(,)
    0};
static const unsigned char file_3[] = {
#embed "../../stdlib/activations/log_softmax.dl" suffix(,)
    0};
static const unsigned char file_4[] = {
#embed "../../stdlib/activations/relu.dl" suffix(,)
    0};
static const unsigned char file_5[] = {
#embed "../../stdlib/activations/silu.dl" suffix(,)
    0};
static const unsigned char file_6[] = {
#embed "../../stdlib/activations/softmax.dl" suffix(,)
    0};
static const unsigned char file_7[] = {
#embed "../../stdlib/activations/softplus.dl" suffix(,)
    0};
static const unsigned char file_8[] = {
#embed "../../stdlib/functions/_choose.dl" suffix(,)
    0};
static const unsigned char file_9[] = {
#embed "../../stdlib/functions/_extents.dl" suffix(,)
    0};
static const unsigned char file_10[] = {
#embed "../../stdlib/functions/_recurrent.dl" suffix(,)
    0};
static const unsigned char file_11[] = {
#embed "../../stdlib/functions/_recurrent_init.dl" suffix(,)
    0};
static const unsigned char file_12[] = {
#embed "../../stdlib/functions/logsumexp.dl" suffix(,)
    0};
static const unsigned char file_13[] = {
#embed "../../stdlib/functions/norm.dl" suffix(,)
    0};
static const unsigned char file_14[] = {
#embed "../../stdlib/functions/std.dl" suffix(,)
    0};
static const unsigned char file_15[] = {
#embed "../../stdlib/functions/var_.dl" suffix(,)
    0};
static const unsigned char file_16[] = {
#embed "../../stdlib/initializers/_fans.dl" suffix(,)
    0};
static const unsigned char file_17[] = {
#embed "../../stdlib/initializers/glorot_normal.dl" suffix(,)
    0};
static const unsigned char file_18[] = {
#embed "../../stdlib/initializers/glorot_uniform.dl" suffix(,)
    0};
static const unsigned char file_19[] = {
#embed "../../stdlib/initializers/he_normal.dl" suffix(,)
    0};
static const unsigned char file_20[] = {
#embed "../../stdlib/initializers/he_uniform.dl" suffix(,)
    0};
static const unsigned char file_21[] = {
#embed "../../stdlib/initializers/orthogonal.dl" suffix(,)
    0};
static const unsigned char file_22[] = {
#embed "../../stdlib/layers/AvgPool.dl" suffix(,)
    0};
static const unsigned char file_23[] = {
#embed "../../stdlib/layers/BatchNorm.dl" suffix(,)
    0};
static const unsigned char file_24[] = {
#embed "../../stdlib/layers/Conv.dl" suffix(,)
    0};
static const unsigned char file_25[] = {
#embed "../../stdlib/layers/ConvTranspose.dl" suffix(,)
    0};
static const unsigned char file_26[] = {
#embed "../../stdlib/layers/Dense.dl" suffix(,)
    0};
static const unsigned char file_27[] = {
#embed "../../stdlib/layers/Dropout.dl" suffix(,)
    0};
static const unsigned char file_28[] = {
#embed "../../stdlib/layers/Embedding.dl" suffix(,)
    0};
static const unsigned char file_29[] = {
#embed "../../stdlib/layers/Flatten.dl" suffix(,)
    0};
static const unsigned char file_30[] = {
#embed "../../stdlib/layers/GRU.dl" suffix(,)
    0};
static const unsigned char file_31[] = {
#embed "../../stdlib/layers/GlobalAvgPool.dl" suffix(,)
    0};
static const unsigned char file_32[] = {
#embed "../../stdlib/layers/GlobalMaxPool.dl" suffix(,)
    0};
static const unsigned char file_33[] = {
#embed "../../stdlib/layers/GroupNorm.dl" suffix(,)
    0};
static const unsigned char file_34[] = {
#embed "../../stdlib/layers/LSTM.dl" suffix(,)
    0};
static const unsigned char file_35[] = {
#embed "../../stdlib/layers/LayerNorm.dl" suffix(,)
    0};
static const unsigned char file_36[] = {
#embed "../../stdlib/layers/MaxPool.dl" suffix(,)
    0};
static const unsigned char file_37[] = {
#embed "../../stdlib/layers/MultiHeadAttention.dl" suffix(,)
    0};
static const unsigned char file_38[] = {
#embed "../../stdlib/layers/PositionalEncoding.dl" suffix(,)
    0};
static const unsigned char file_39[] = {
#embed "../../stdlib/layers/RNN.dl" suffix(,)
    0};
static const unsigned char file_40[] = {
#embed "../../stdlib/layers/Repeat.dl" suffix(,)
    0};
static const unsigned char file_41[] = {
#embed "../../stdlib/layers/Reshape.dl" suffix(,)
    0};
static const unsigned char file_42[] = {
#embed "../../stdlib/layers/Residual.dl" suffix(,)
    0};
static const unsigned char file_43[] = {
#embed "../../stdlib/layers/TransformerBlock.dl" suffix(,)
    0};
static const unsigned char file_44[] = {
#embed "../../stdlib/layers/Upsample.dl" suffix(,)
    0};
static const unsigned char file_45[] = {
#embed "../../stdlib/layers/Variable.dl" suffix(,)
    0};
static const unsigned char file_46[] = {
#embed "../../stdlib/losses/_reduce.dl" suffix(,)
    0};
static const unsigned char file_47[] = {
#embed "../../stdlib/losses/bce.dl" suffix(,)
    0};
static const unsigned char file_48[] = {
#embed "../../stdlib/losses/contrastive.dl" suffix(,)
    0};
static const unsigned char file_49[] = {
#embed "../../stdlib/losses/cross_entropy.dl" suffix(,)
    0};
static const unsigned char file_50[] = {
#embed "../../stdlib/losses/dice.dl" suffix(,)
    0};
static const unsigned char file_51[] = {
#embed "../../stdlib/losses/focal.dl" suffix(,)
    0};
static const unsigned char file_52[] = {
#embed "../../stdlib/losses/hinge.dl" suffix(,)
    0};
static const unsigned char file_53[] = {
#embed "../../stdlib/losses/huber.dl" suffix(,)
    0};
static const unsigned char file_54[] = {
#embed "../../stdlib/losses/kl.dl" suffix(,)
    0};
static const unsigned char file_55[] = {
#embed "../../stdlib/losses/kl_normal.dl" suffix(,)
    0};
static const unsigned char file_56[] = {
#embed "../../stdlib/losses/mae.dl" suffix(,)
    0};
static const unsigned char file_57[] = {
#embed "../../stdlib/losses/mse.dl" suffix(,)
    0};
static const unsigned char file_58[] = {
#embed "../../stdlib/losses/nll.dl" suffix(,)
    0};
static const unsigned char file_59[] = {
#embed "../../stdlib/losses/triplet.dl" suffix(,)
    0};
static const unsigned char file_60[] = {
#embed "../../stdlib/metrics/_counts.dl" suffix(,)
    0};
static const unsigned char file_61[] = {
#embed "../../stdlib/metrics/accuracy.dl" suffix(,)
    0};
static const unsigned char file_62[] = {
#embed "../../stdlib/metrics/confusion_matrix.dl" suffix(,)
    0};
static const unsigned char file_63[] = {
#embed "../../stdlib/metrics/f1.dl" suffix(,)
    0};
static const unsigned char file_64[] = {
#embed "../../stdlib/metrics/perplexity.dl" suffix(,)
    0};
static const unsigned char file_65[] = {
#embed "../../stdlib/metrics/precision.dl" suffix(,)
    0};
static const unsigned char file_66[] = {
#embed "../../stdlib/metrics/r2.dl" suffix(,)
    0};
static const unsigned char file_67[] = {
#embed "../../stdlib/metrics/recall.dl" suffix(,)
    0};
static const unsigned char file_68[] = {
#embed "../../stdlib/metrics/rmse.dl" suffix(,)
    0};
static const unsigned char file_69[] = {
#embed "../../stdlib/optimizers/adagrad.dl" suffix(,)
    0};
static const unsigned char file_70[] = {
#embed "../../stdlib/optimizers/adam.dl" suffix(,)
    0};
static const unsigned char file_71[] = {
#embed "../../stdlib/optimizers/adamw.dl" suffix(,)
    0};
static const unsigned char file_72[] = {
#embed "../../stdlib/optimizers/lion.dl" suffix(,)
    0};
static const unsigned char file_73[] = {
#embed "../../stdlib/optimizers/rmsprop.dl" suffix(,)
    0};
static const unsigned char file_74[] = {
#embed "../../stdlib/optimizers/sgd.dl" suffix(,)
    0};
static const unsigned char file_75[] = {
#embed "../../stdlib/schedules/_in_steps.dl" suffix(,)
    0};
static const unsigned char file_76[] = {
#embed "../../stdlib/schedules/cosine.dl" suffix(,)
    0};
static const unsigned char file_77[] = {
#embed "../../stdlib/schedules/linear.dl" suffix(,)
    0};
static const unsigned char file_78[] = {
#embed "../../stdlib/schedules/one_cycle.dl" suffix(,)
    0};
static const unsigned char file_79[] = {
#embed "../../stdlib/schedules/step.dl" suffix(,)
    0};

static const struct stdlib_file files[] = {
    {"activations/elu.dl", file_0, sizeof file_0 - 1},
    {"activations/gelu.dl", file_1, sizeof file_1 - 1},
    {"activations/leaky_relu.dl", file_2, sizeof file_2 - 1},
    {"activations/log_softmax.dl", file_3, sizeof file_3 - 1},
    {"activations/relu.dl", file_4, sizeof file_4 - 1},
    {"activations/silu.dl", file_5, sizeof file_5 - 1},
    {"activations/softmax.dl", file_6, sizeof file_6 - 1},
    {"activations/softplus.dl", file_7, sizeof file_7 - 1},
    {"functions/_choose.dl", file_8, sizeof file_8 - 1},
    {"functions/_extents.dl", file_9, sizeof file_9 - 1},
    {"functions/_recurrent.dl", file_10, sizeof file_10 - 1},
    {"functions/_recurrent_init.dl", file_11, sizeof file_11 - 1},
    {"functions/logsumexp.dl", file_12, sizeof file_12 - 1},
    {"functions/norm.dl", file_13, sizeof file_13 - 1},
    {"functions/std.dl", file_14, sizeof file_14 - 1},
    {"functions/var_.dl", file_15, sizeof file_15 - 1},
    {"initializers/_fans.dl", file_16, sizeof file_16 - 1},
    {"initializers/glorot_normal.dl", file_17, sizeof file_17 - 1},
    {"initializers/glorot_uniform.dl", file_18, sizeof file_18 - 1},
    {"initializers/he_normal.dl", file_19, sizeof file_19 - 1},
    {"initializers/he_uniform.dl", file_20, sizeof file_20 - 1},
    {"initializers/orthogonal.dl", file_21, sizeof file_21 - 1},
    {"layers/AvgPool.dl", file_22, sizeof file_22 - 1},
    {"layers/BatchNorm.dl", file_23, sizeof file_23 - 1},
    {"layers/Conv.dl", file_24, sizeof file_24 - 1},
    {"layers/ConvTranspose.dl", file_25, sizeof file_25 - 1},
    {"layers/Dense.dl", file_26, sizeof file_26 - 1},
    {"layers/Dropout.dl", file_27, sizeof file_27 - 1},
    {"layers/Embedding.dl", file_28, sizeof file_28 - 1},
    {"layers/Flatten.dl", file_29, sizeof file_29 - 1},
    {"layers/GRU.dl", file_30, sizeof file_30 - 1},
    {"layers/GlobalAvgPool.dl", file_31, sizeof file_31 - 1},
    {"layers/GlobalMaxPool.dl", file_32, sizeof file_32 - 1},
    {"layers/GroupNorm.dl", file_33, sizeof file_33 - 1},
    {"layers/LSTM.dl", file_34, sizeof file_34 - 1},
    {"layers/LayerNorm.dl", file_35, sizeof file_35 - 1},
    {"layers/MaxPool.dl", file_36, sizeof file_36 - 1},
    {"layers/MultiHeadAttention.dl", file_37, sizeof file_37 - 1},
    {"layers/PositionalEncoding.dl", file_38, sizeof file_38 - 1},
    {"layers/RNN.dl", file_39, sizeof file_39 - 1},
    {"layers/Repeat.dl", file_40, sizeof file_40 - 1},
    {"layers/Reshape.dl", file_41, sizeof file_41 - 1},
    {"layers/Residual.dl", file_42, sizeof file_42 - 1},
    {"layers/TransformerBlock.dl", file_43, sizeof file_43 - 1},
    {"layers/Upsample.dl", file_44, sizeof file_44 - 1},
    {"layers/Variable.dl", file_45, sizeof file_45 - 1},
    {"losses/_reduce.dl", file_46, sizeof file_46 - 1},
    {"losses/bce.dl", file_47, sizeof file_47 - 1},
    {"losses/contrastive.dl", file_48, sizeof file_48 - 1},
    {"losses/cross_entropy.dl", file_49, sizeof file_49 - 1},
    {"losses/dice.dl", file_50, sizeof file_50 - 1},
    {"losses/focal.dl", file_51, sizeof file_51 - 1},
    {"losses/hinge.dl", file_52, sizeof file_52 - 1},
    {"losses/huber.dl", file_53, sizeof file_53 - 1},
    {"losses/kl.dl", file_54, sizeof file_54 - 1},
    {"losses/kl_normal.dl", file_55, sizeof file_55 - 1},
    {"losses/mae.dl", file_56, sizeof file_56 - 1},
    {"losses/mse.dl", file_57, sizeof file_57 - 1},
    {"losses/nll.dl", file_58, sizeof file_58 - 1},
    {"losses/triplet.dl", file_59, sizeof file_59 - 1},
    {"metrics/_counts.dl", file_60, sizeof file_60 - 1},
    {"metrics/accuracy.dl", file_61, sizeof file_61 - 1},
    {"metrics/confusion_matrix.dl", file_62, sizeof file_62 - 1},
    {"metrics/f1.dl", file_63, sizeof file_63 - 1},
    {"metrics/perplexity.dl", file_64, sizeof file_64 - 1},
    {"metrics/precision.dl", file_65, sizeof file_65 - 1},
    {"metrics/r2.dl", file_66, sizeof file_66 - 1},
    {"metrics/recall.dl", file_67, sizeof file_67 - 1},
    {"metrics/rmse.dl", file_68, sizeof file_68 - 1},
    {"optimizers/adagrad.dl", file_69, sizeof file_69 - 1},
    {"optimizers/adam.dl", file_70, sizeof file_70 - 1},
    {"optimizers/adamw.dl", file_71, sizeof file_71 - 1},
    {"optimizers/lion.dl", file_72, sizeof file_72 - 1},
    {"optimizers/rmsprop.dl", file_73, sizeof file_73 - 1},
    {"optimizers/sgd.dl", file_74, sizeof file_74 - 1},
    {"schedules/_in_steps.dl", file_75, sizeof file_75 - 1},
    {"schedules/cosine.dl", file_76, sizeof file_76 - 1},
    {"schedules/linear.dl", file_77, sizeof file_77 - 1},
    {"schedules/one_cycle.dl", file_78, sizeof file_78 - 1},
    {"schedules/step.dl", file_79, sizeof file_79 - 1},
};

size_t stdlib_count(void) { return sizeof files / sizeof *files; }

struct stdlib_file stdlib_at(size_t position) { return files[position]; }
