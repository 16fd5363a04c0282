// The gradient of the weight of a convolution by filters of 3 x 3, stride one, and of its bias, by the same transforms:
// for every tile, transformed pixels times transformed gradients, added up over tiles and samples, and transformed back
// in the end. A work item does a portion of PORTION planes, a multiple of VW, for a chunk of tile rows.
//
// Gradients are turned so that planes lie side by side in a vector. `scratch` holds the transformed pixels of one tile,
// (36, depth, samples), its transformed gradients, (36, samples, planes), and the sums, (36, depth, planes).

#define PIXELS_APART (DEPTH * LANES + LANES)
#define GRADIENTS_APART (LANES * PORTION + LANES)
#define SUMS_APART (DEPTH * PORTION)

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int plane = TAKE((PLANES + PORTION - 1) / PORTION) * PORTION, chunk = g;
    local float* gradients = scratch + WINDOW * WINDOW * PIXELS_APART;
    local float* sums = gradients + WINDOW * WINDOW * GRADIENTS_APART;
    for (int k = 0; k < WINDOW * WINDOW * SUMS_APART; k += VW) STORE(ZERO, sums + k);
    V offsets[PORTION / VW];
    UNROLL for (int p = 0; p < PORTION / VW; p++) offsets[p] = ZERO;

    for (int tile_row = chunk * CHUNK_ROWS; tile_row < min((chunk + 1) * CHUNK_ROWS, TILE_ROWS); tile_row++) {
        for (int tile_column = 0; tile_column < TILE_COLUMNS; tile_column++) {
            const int row = tile_row * RESULTS, column = tile_column * RESULTS;
            for (int c = 0; c < DEPTH; c++) {
                const global float* pixels = x + AT(X, c, row - BEFORE_ROWS, column - BEFORE_COLUMNS);
                V turned[WINDOW][WINDOW];
                ROLL for (int j = 0; j < WINDOW; j++) {
                    V line[WINDOW], transformed[WINDOW];
                    UNROLL for (int i = 0; i < WINDOW; i++) line[i] = LOAD(pixels + i * X_ROW + j * X_STEP);
                    transform_pixels(line, transformed);
                    UNROLL for (int i = 0; i < WINDOW; i++) turned[i][j] = transformed[i];
                }
                ROLL for (int i = 0; i < WINDOW; i++) {
                    V transformed[WINDOW];
                    transform_pixels(turned[i], transformed);
                    UNROLL for (int j = 0; j < WINDOW; j++) {
                        STORE(transformed[j], scratch + (i * WINDOW + j) * PIXELS_APART + c * LANES);
                    }
                }
            }
            ROLL for (int p = 0; p < PORTION / VW; p++) {
                V tile[RESULTS * RESULTS][VW];
                for (int place = 0; place < RESULTS * RESULTS; place++) {
                    const int h = row + place / RESULTS, w = column + place % RESULTS;
                    const bool inside = h < ROWS && w < COLUMNS;
                    for (int k = 0; k < VW; k++) {
                        const int c = plane + p * VW + k;
                        tile[place][k] = inside && c < PLANES ? LOAD(dy + AT(DY, c, h, w)) : ZERO;
                    }
                    transpose(tile[place]);
                    for (int k = 0; k < VW; k++) offsets[p] += tile[place][k];
                }
                for (int n = 0; n < LANES; n++) {
                    V turned[WINDOW][RESULTS];
                    ROLL for (int j = 0; j < RESULTS; j++) {
                        V line[RESULTS], transformed[WINDOW];
                        UNROLL for (int i = 0; i < RESULTS; i++) line[i] = tile[i * RESULTS + j][n];
                        transform_gradients(line, transformed);
                        UNROLL for (int i = 0; i < WINDOW; i++) turned[i][j] = transformed[i];
                    }
                    ROLL for (int i = 0; i < WINDOW; i++) {
                        V transformed[WINDOW];
                        transform_gradients(turned[i], transformed);
                        UNROLL for (int j = 0; j < WINDOW; j++) {
                            STORE(transformed[j], gradients + (i * WINDOW + j) * GRADIENTS_APART + n * PORTION + p * VW);
                        }
                    }
                }
            }
            for (int place = 0; place < WINDOW * WINDOW; place++) {
                for (int c = 0; c < DEPTH; c += CHANNELS) {
                    local float* target = sums + place * SUMS_APART + c * PORTION;
                    const local float* pixels = scratch + place * PIXELS_APART + c * LANES;
                    V part[CHANNELS][PORTION / VW];
                    UNROLL for (int k = 0; k < CHANNELS; k++) {
                        UNROLL for (int p = 0; p < PORTION / VW; p++) part[k][p] = LOAD(target + k * PORTION + p * VW);
                    }
                    for (int n = 0; n < LANES; n++) {
                        const local float* line = gradients + place * GRADIENTS_APART + n * PORTION;
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
    for (int c = 0; c < DEPTH; c++) {
        ROLL for (int p = 0; p < PORTION / VW; p++) {
            const local float* source = sums + c * PORTION + p * VW;
            V turned[3][WINDOW];
            ROLL for (int j = 0; j < WINDOW; j++) {
                V line[WINDOW], back[3];
                UNROLL for (int i = 0; i < WINDOW; i++) line[i] = LOAD(source + (i * WINDOW + j) * SUMS_APART);
                transform_weights_back(line, back);
                UNROLL for (int i = 0; i < 3; i++) turned[i][j] = back[i];
            }
            ROLL for (int i = 0; i < 3; i++) {
                V back[3];
                transform_weights_back(turned[i], back);
                ROLL for (int j = 0; j < 3; j++) {
                    float numbers[VW];
                    STORE(back[j], numbers);
                    for (int k = 0; k < min(VW, PLANES - plane - p * VW); k++) {
                        partial[((plane + p * VW + k) * DEPTH + c) * 9 + 3 * i + j] = numbers[k];
                    }
                }
            }
        }
    }
#if BIASED
    UNROLL for (int p = 0; p < PORTION / VW; p++) {
        float numbers[VW];
        STORE(offsets[p], numbers);
        for (int k = 0; k < min(VW, PLANES - plane - p * VW); k++) {
            bias_partial[chunk * BIAS_SIZE + plane + p * VW + k] = numbers[k];
        }
    }
#endif
}

#undef PIXELS_APART
#undef GRADIENTS_APART
#undef SUMS_APART
