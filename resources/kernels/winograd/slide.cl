// A convolution by filters of 3 x 3, stride one: transforms the pixels under TILES tiles of 4 x 4 results, multiplies
// them with transformed filters, FILTERS at a time, and transforms back. A work item computes all planes of its tiles;
// the transformed pixels lie in `scratch`, (36, depth, tiles), and behind them the products, (36, filters, tiles).

#define PIXELS_APART ((DEPTH * TILES + 1) * LANES)
#define PRODUCTS_APART (FILTERS * TILES * LANES)

static void BODY(PORTS, int g, const int sample, const int blocks, const int stride)
{
    const int first = TAKE((TILE_COLUMNS + TILES - 1) / TILES) * TILES, tile_row = g;
    local float* products = scratch + WINDOW * WINDOW * PIXELS_APART;

    for (int c = 0; c < DEPTH; c++) {
        ROLL for (int t = 0; t < TILES; t++) {
            const int column = min(first + t, TILE_COLUMNS - 1) * RESULTS;
            const global float* pixels = x + AT(X, c, tile_row * RESULTS - BEFORE_ROWS, column - BEFORE_COLUMNS);
            V turned[WINDOW][WINDOW];
            ROLL for (int j = 0; j < WINDOW; j++) {
                V line[WINDOW], transformed[WINDOW];
                UNROLL for (int i = 0; i < WINDOW; i++) line[i] = LOAD(pixels + i * X_ROW + j * X_STEP);
                transform_pixels(line, transformed);
                UNROLL for (int i = 0; i < WINDOW; i++) turned[i][j] = transformed[i];
            }
            local float* target = scratch + (c * TILES + t) * LANES;
            ROLL for (int i = 0; i < WINDOW; i++) {
                V transformed[WINDOW];
                transform_pixels(turned[i], transformed);
                UNROLL for (int j = 0; j < WINDOW; j++) {
                    STORE(transformed[j], target + (i * WINDOW + j) * PIXELS_APART);
                }
            }
        }
    }
    for (int plane = 0; plane < PLANES; plane += FILTERS) {
        const global float* factors = filters + plane / VW * (WINDOW * WINDOW * DEPTH * VW) + plane % VW;
        for (int place = 0; place < WINDOW * WINDOW; place++) {
            const local float* pixels = scratch + place * PIXELS_APART;
            V sums[FILTERS][TILES];
            UNROLL for (int f = 0; f < FILTERS; f++) {
                UNROLL for (int t = 0; t < TILES; t++) sums[f][t] = ZERO;
            }
            for (int c = 0; c < DEPTH; c++) {
                UNROLL for (int f = 0; f < FILTERS; f++) {
                    const V factor = (V)(factors[c * VW + f]);
                    UNROLL for (int t = 0; t < TILES; t++) {
                        sums[f][t] = fma(LOAD(pixels + (c * TILES + t) * LANES), factor, sums[f][t]);
                    }
                }
            }
            factors += DEPTH * VW;
            UNROLL for (int f = 0; f < FILTERS; f++) {
                UNROLL for (int t = 0; t < TILES; t++) {
                    STORE(sums[f][t], products + place * PRODUCTS_APART + (f * TILES + t) * LANES);
                }
            }
        }
        ROLL for (int f = 0; f < min(FILTERS, PLANES - plane); f++) {
            ROLL for (int t = 0; t < min(TILES, TILE_COLUMNS - first); t++) {
                const local float* source = products + (f * TILES + t) * LANES;
                V turned[RESULTS][WINDOW], results[RESULTS][RESULTS];
                ROLL for (int j = 0; j < WINDOW; j++) {
                    V line[WINDOW], back[RESULTS];
                    UNROLL for (int i = 0; i < WINDOW; i++) {
                        line[i] = LOAD(source + (i * WINDOW + j) * PRODUCTS_APART);
                    }
                    transform_back(line, back);
                    UNROLL for (int i = 0; i < RESULTS; i++) turned[i][j] = back[i];
                }
                ROLL for (int i = 0; i < RESULTS; i++) transform_back(turned[i], results[i]);
                const V start = FIRST(plane + f);
                const int row = tile_row * RESULTS, column = (first + t) * RESULTS;
#ifdef POOLED
                ROLL for (int i = 0; i < RESULTS; i += 2) {
                    ROLL for (int j = 0; j < RESULTS; j += 2) {
                        V best = results[i][j];
                        VI won = 0;
                        UNROLL for (int s = 1; s < 4; s++) {
                            const V number = results[i + s / 2][j + s % 2];
                            const VI better = (number > best) | isnan(number);
                            best = better ? number : best;
                            won = better ? (VI)(s) : won;
                        }
                        if ((row + i) / 2 >= ROWS || (column + j) / 2 >= COLUMNS) continue;
                        EMIT(plane + f, (row + i) / 2, (column + j) / 2, best + start);
                        NOTE(plane + f, (row + i) / 2, (column + j) / 2, won);
                    }
                }
#else
                ROLL for (int i = 0; i < RESULTS; i++) {
                    ROLL for (int j = 0; j < RESULTS; j++) {
                        if (row + i < ROWS && column + j < COLUMNS) {
                            EMIT(plane + f, row + i, column + j, results[i][j] + start);
                        }
                    }
                }
#endif
            }
        }
    }
}

#undef PIXELS_APART
#undef PRODUCTS_APART
