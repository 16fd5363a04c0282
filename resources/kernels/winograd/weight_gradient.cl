// The weight gradient of a convolution with 3 x 3 filters and stride one, and of its bias, by the same transforms: for
// every tile, transformed pixels times transformed gradients, summed over tiles and samples, and transformed back at
// the end. A work item does PORTION output channels, a multiple of VW, for a chunk of tile rows.
//
// Gradients are transposed so that output channels lie side by side in a vector. `scratch` holds the transformed pixels
// of one tile, (36, channels, samples), its transformed gradients, (36, samples, output channels), and the sums, (36,
// channels, output channels).

#define PIXELS_PITCH (IN_CHANNELS * LANES + LANES)
#define GRADIENTS_PITCH (LANES * PORTION + LANES)
#define SUMS_PITCH (IN_CHANNELS * PORTION)

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int out_channel = NEXT_INDEX((OUT_CHANNELS + PORTION - 1) / PORTION) * PORTION, chunk = item;
    local float* gradients = scratch + PATCH_SIZE * PATCH_SIZE * PIXELS_PITCH;
    local float* sums = gradients + PATCH_SIZE * PATCH_SIZE * GRADIENTS_PITCH;
    for (int k = 0; k < PATCH_SIZE * PATCH_SIZE * SUMS_PITCH; k += VW) STORE(ZERO, sums + k);
    V bias_sums[PORTION / VW];
    UNROLL for (int p = 0; p < PORTION / VW; p++) bias_sums[p] = ZERO;

    for (int tile_row = chunk * CHUNK_ROWS; tile_row < min((chunk + 1) * CHUNK_ROWS, TILE_ROWS); tile_row++) {
        for (int tile_column = 0; tile_column < TILE_COLUMNS; tile_column++) {
            const int row = tile_row * TILE_SIZE, column = tile_column * TILE_SIZE;
            for (int c = 0; c < IN_CHANNELS; c++) {
                const global float* pixels = x + AT(X, c, row - PADDING_TOP, column - PADDING_LEFT);
                V first_pass[PATCH_SIZE][PATCH_SIZE];
                ROLL for (int j = 0; j < PATCH_SIZE; j++) {
                    V line[PATCH_SIZE], transformed[PATCH_SIZE];
                    UNROLL for (int i = 0; i < PATCH_SIZE; i++) line[i] = LOAD(pixels + i * X_ROW + j * X_STEP);
                    transform_pixels(line, transformed);
                    UNROLL for (int i = 0; i < PATCH_SIZE; i++) first_pass[i][j] = transformed[i];
                }
                ROLL for (int i = 0; i < PATCH_SIZE; i++) {
                    V transformed[PATCH_SIZE];
                    transform_pixels(first_pass[i], transformed);
                    UNROLL for (int j = 0; j < PATCH_SIZE; j++) {
                        STORE(transformed[j], scratch + (i * PATCH_SIZE + j) * PIXELS_PITCH + c * LANES);
                    }
                }
            }
            ROLL for (int p = 0; p < PORTION / VW; p++) {
                V tile[TILE_SIZE * TILE_SIZE][VW];
                for (int element = 0; element < TILE_SIZE * TILE_SIZE; element++) {
                    const int h = row + element / TILE_SIZE, w = column + element % TILE_SIZE;
                    const bool inside = h < ROWS && w < COLUMNS;
                    for (int k = 0; k < VW; k++) {
                        const int c = out_channel + p * VW + k;
                        const global float* source = grad_output + AT(GRAD_OUTPUT, c, h, w);
                        tile[element][k] = inside && c < OUT_CHANNELS ? LOAD(source) : ZERO;
                    }
                    transpose(tile[element]);
                    for (int k = 0; k < VW; k++) bias_sums[p] += tile[element][k];
                }
                for (int n = 0; n < LANES; n++) {
                    V first_pass[PATCH_SIZE][TILE_SIZE];
                    ROLL for (int j = 0; j < TILE_SIZE; j++) {
                        V line[TILE_SIZE], transformed[PATCH_SIZE];
                        UNROLL for (int i = 0; i < TILE_SIZE; i++) line[i] = tile[i * TILE_SIZE + j][n];
                        transform_gradients(line, transformed);
                        UNROLL for (int i = 0; i < PATCH_SIZE; i++) first_pass[i][j] = transformed[i];
                    }
                    ROLL for (int i = 0; i < PATCH_SIZE; i++) {
                        V transformed[PATCH_SIZE];
                        transform_gradients(first_pass[i], transformed);
                        UNROLL for (int j = 0; j < PATCH_SIZE; j++) {
                            const int element = i * PATCH_SIZE + j;
                            STORE(transformed[j], gradients + element * GRADIENTS_PITCH + n * PORTION + p * VW);
                        }
                    }
                }
            }
            for (int element = 0; element < PATCH_SIZE * PATCH_SIZE; element++) {
                for (int c = 0; c < IN_CHANNELS; c += CHANNELS) {
                    local float* target = sums + element * SUMS_PITCH + c * PORTION;
                    const local float* pixels = scratch + element * PIXELS_PITCH + c * LANES;
                    V part[CHANNELS][PORTION / VW];
                    UNROLL for (int k = 0; k < CHANNELS; k++) {
                        UNROLL for (int p = 0; p < PORTION / VW; p++) part[k][p] = LOAD(target + k * PORTION + p * VW);
                    }
                    for (int n = 0; n < LANES; n++) {
                        const local float* line = gradients + element * GRADIENTS_PITCH + n * PORTION;
                        UNROLL for (int k = 0; k < CHANNELS; k++) {
                            const V factor = (V)(pixels[k * LANES + n]);
                            UNROLL for (int p = 0; p < PORTION / VW; p++) {
                                part[k][p] = fma(LOAD(line + p * VW), factor, part[k][p]);
                            }
                        }
                    }
                    UNROLL for (int k = 0; k < CHANNELS; k++) {
                        UNROLL for (int p = 0; p < PORTION / VW; p++) STORE(part[k][p], target + k * PORTION + p * VW);
                    }
                }
            }
        }
    }
    partial += chunk * SIZE;
    for (int c = 0; c < IN_CHANNELS; c++) {
        ROLL for (int p = 0; p < PORTION / VW; p++) {
            const local float* source = sums + c * PORTION + p * VW;
            V first_pass[3][PATCH_SIZE];
            ROLL for (int j = 0; j < PATCH_SIZE; j++) {
                V line[PATCH_SIZE], inverse[3];
                UNROLL for (int i = 0; i < PATCH_SIZE; i++) line[i] = LOAD(source + (i * PATCH_SIZE + j) * SUMS_PITCH);
                inverse_transform_weights(line, inverse);
                UNROLL for (int i = 0; i < 3; i++) first_pass[i][j] = inverse[i];
            }
            ROLL for (int i = 0; i < 3; i++) {
                V inverse[3];
                inverse_transform_weights(first_pass[i], inverse);
                ROLL for (int j = 0; j < 3; j++) {
                    float numbers[VW];
                    STORE(inverse[j], numbers);
                    for (int k = 0; k < min(VW, OUT_CHANNELS - out_channel - p * VW); k++) {
                        partial[((out_channel + p * VW + k) * IN_CHANNELS + c) * 9 + 3 * i + j] = numbers[k];
                    }
                }
            }
        }
    }
#if HAS_BIAS
    UNROLL for (int p = 0; p < PORTION / VW; p++) {
        float numbers[VW];
        STORE(bias_sums[p], numbers);
        for (int k = 0; k < min(VW, OUT_CHANNELS - out_channel - p * VW); k++) {
            bias_partial[chunk * BIAS_SIZE + out_channel + p * VW + k] = numbers[k];
        }
    }
#endif
}

#undef PIXELS_PITCH
#undef GRADIENTS_PITCH
#undef SUMS_PITCH
