// Winograd convolution with 3 x 3 filters and stride one: transforms the pixels under TILES tiles of 4 x 4 outputs,
// multiplies them with transformed filters, FILTERS at a time, and transforms back. A work item computes all output
// channels of its tiles. `scratch` holds the transformed pixels, (36, channels, tiles), and then the products, (36,
// filters, tiles).

#define PIXELS_PITCH ((IN_CHANNELS * TILES + 1) * LANES)
#define GROUP_PITCH (PATCH_SIZE * PATCH_SIZE * IN_CHANNELS * VW)
#define PRODUCTS_PITCH (FILTERS * TILES * LANES)

static void BODY(PARAMS, int item, const int sample, const int blocks, const int block_stride)
{
    const int first = NEXT_INDEX((TILE_COLUMNS + TILES - 1) / TILES) * TILES, tile_row = item;
    local float* products = scratch + PATCH_SIZE * PATCH_SIZE * PIXELS_PITCH;

    for (int c = 0; c < IN_CHANNELS; c++) {
        ROLL for (int t = 0; t < TILES; t++) {
            const int column = min(first + t, TILE_COLUMNS - 1) * TILE_SIZE;
            const global float* pixels = x + AT(X, c, tile_row * TILE_SIZE - PADDING_TOP, column - PADDING_LEFT);
            V first_pass[PATCH_SIZE][PATCH_SIZE];
            ROLL for (int j = 0; j < PATCH_SIZE; j++) {
                V line[PATCH_SIZE], transformed[PATCH_SIZE];
                UNROLL for (int i = 0; i < PATCH_SIZE; i++) line[i] = LOAD(pixels + i * X_ROW + j * X_STEP);
                transform_pixels(line, transformed);
                UNROLL for (int i = 0; i < PATCH_SIZE; i++) first_pass[i][j] = transformed[i];
            }
            local float* target = scratch + (c * TILES + t) * LANES;
            ROLL for (int i = 0; i < PATCH_SIZE; i++) {
                V transformed[PATCH_SIZE];
                transform_pixels(first_pass[i], transformed);
                UNROLL for (int j = 0; j < PATCH_SIZE; j++) {
                    STORE(transformed[j], target + (i * PATCH_SIZE + j) * PIXELS_PITCH);
                }
            }
        }
    }
    for (int out_channel = 0; out_channel < OUT_CHANNELS; out_channel += FILTERS) {
        const int filter_group = out_channel / VW, within_group = out_channel % VW;
        const global float* factors = filters + filter_group * GROUP_PITCH + within_group;
        for (int element = 0; element < PATCH_SIZE * PATCH_SIZE; element++) {
            const local float* pixels = scratch + element * PIXELS_PITCH;
            V sums[FILTERS][TILES];
            UNROLL for (int f = 0; f < FILTERS; f++) {
                UNROLL for (int t = 0; t < TILES; t++) sums[f][t] = ZERO;
            }
            for (int c = 0; c < IN_CHANNELS; c++) {
                UNROLL for (int f = 0; f < FILTERS; f++) {
                    const V factor = (V)(factors[c * VW + f]);
                    UNROLL for (int t = 0; t < TILES; t++) {
                        sums[f][t] = fma(LOAD(pixels + (c * TILES + t) * LANES), factor, sums[f][t]);
                    }
                }
            }
            factors += IN_CHANNELS * VW;
            UNROLL for (int f = 0; f < FILTERS; f++) {
                UNROLL for (int t = 0; t < TILES; t++) {
                    STORE(sums[f][t], products + element * PRODUCTS_PITCH + (f * TILES + t) * LANES);
                }
            }
        }
        ROLL for (int f = 0; f < min(FILTERS, OUT_CHANNELS - out_channel); f++) {
            ROLL for (int t = 0; t < min(TILES, TILE_COLUMNS - first); t++) {
                const local float* source = products + (f * TILES + t) * LANES;
                V first_pass[TILE_SIZE][PATCH_SIZE], results[TILE_SIZE][TILE_SIZE];
                ROLL for (int j = 0; j < PATCH_SIZE; j++) {
                    V line[PATCH_SIZE], inverse[TILE_SIZE];
                    UNROLL for (int i = 0; i < PATCH_SIZE; i++) {
                        line[i] = LOAD(source + (i * PATCH_SIZE + j) * PRODUCTS_PITCH);
                    }
                    inverse_transform(line, inverse);
                    UNROLL for (int i = 0; i < TILE_SIZE; i++) first_pass[i][j] = inverse[i];
                }
                ROLL for (int i = 0; i < TILE_SIZE; i++) inverse_transform(first_pass[i], results[i]);
                const V initial = INITIAL(out_channel + f);
                const int row = tile_row * TILE_SIZE, column = (first + t) * TILE_SIZE;
#ifdef POOLED
                ROLL for (int i = 0; i < TILE_SIZE; i += 2) {
                    ROLL for (int j = 0; j < TILE_SIZE; j += 2) {
                        V best = results[i][j];
                        VI argmax = 0;
                        UNROLL for (int s = 1; s < 4; s++) {
                            const V number = results[i + s / 2][j + s % 2];
                            const VI better = (number > best) | isnan(number);
                            best = better ? number : best;
                            argmax = better ? (VI)(s) : argmax;
                        }
                        if ((row + i) / 2 >= ROWS || (column + j) / 2 >= COLUMNS) continue;
                        EMIT(out_channel + f, (row + i) / 2, (column + j) / 2, best + initial);
                        STORE_ARGMAX(out_channel + f, (row + i) / 2, (column + j) / 2, argmax);
                    }
                }
#else
                ROLL for (int i = 0; i < TILE_SIZE; i++) {
                    ROLL for (int j = 0; j < TILE_SIZE; j++) {
                        if (row + i < ROWS && column + j < COLUMNS) {
                            EMIT(out_channel + f, row + i, column + j, results[i][j] + initial);
                        }
                    }
                }
#endif
            }
        }
    }
}

#undef PIXELS_PITCH
#undef GROUP_PITCH
#undef PRODUCTS_PITCH
