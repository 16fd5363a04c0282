// Transforms the filters of a convolution, or (FLIPPED) those of its input gradient, into the layout that
// convolution.cl reads: (groups of VW output channels, 36 transformed elements, input channels, VW). A work item
// transforms one group of output channels for one input channel; output channels beyond the last are zeros.

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int c = NEXT_INDEX(IN_CHANNELS), portion = item;
    V columns[PATCH_SIZE][3];
    ROLL for (int j = 0; j < 3; j++) {
        V column[3], transformed[PATCH_SIZE];
        UNROLL for (int i = 0; i < 3; i++) {
            float numbers[VW];
            ROLL for (int k = 0; k < VW; k++) {
                const int out_channel = portion * VW + k, element = FLIPPED ? 8 - 3 * i - j : 3 * i + j;
                const int offset = out_channel * WEIGHT_OUT_STRIDE + c * WEIGHT_IN_STRIDE + element;
                numbers[k] = out_channel < OUT_CHANNELS ? weight[offset] : 0.0f;
            }
            column[i] = LOAD(numbers);
        }
        transform_weights(column, transformed);
        UNROLL for (int i = 0; i < PATCH_SIZE; i++) columns[i][j] = transformed[i];
    }
    filters += (portion * (PATCH_SIZE * PATCH_SIZE * IN_CHANNELS) + c) * VW;
    ROLL for (int i = 0; i < PATCH_SIZE; i++) {
        V transformed[PATCH_SIZE];
        transform_weights(columns[i], transformed);
        UNROLL for (int j = 0; j < PATCH_SIZE; j++) {
            STORE(transformed[j], filters + (i * PATCH_SIZE + j) * (IN_CHANNELS * VW));
        }
    }
}
