// Macros and functions that every kernel uses.
//
// A block holds LANES samples; its numbers lie as (channel, row, column, sample), with the samples side by side. A work
// item processes VW of them at once, as one vector V. The generated program defines LANES and VW, and includes each
// body (a file beside this one) as a function called BODY with parameters PARAMS and with its own constants. A
// parameter T that points to a value comes with T_ORIGIN, T_PLANE, T_ROW and T_STEP: the offset of its first number,
// and the distance between channels, rows and columns.

#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define UNROLL _Pragma("unroll")
#define ROLL _Pragma("unroll 1")  // unrolling is slow to compile and pays only in the innermost loop
#define AT(T, c, h, w) (GLUE(T, _ORIGIN) + (c) * GLUE(T, _PLANE) + (h) * GLUE(T, _ROW) + (w) * GLUE(T, _STEP))

#if VW == 1
typedef float V;
typedef int VI;
#define LOAD(p) (*(p))
#define STORE(v, p) (*(p) = (v))
#define LOAD_INTS(p) ((int)*(p))
#define STORE_AS(type, v, p) (*(p) = (type)(v))
#define TO_FLOATS(v) ((float)(v))
#define ANY(v) (v)
#else
typedef GLUE(float, VW) V;
typedef GLUE(int, VW) VI;
#define LOAD(p) GLUE(vload, VW)(0, p)
#define STORE(v, p) GLUE(vstore, VW)(v, 0, p)
#define LOAD_INTS(p) GLUE(convert_int, VW)(LOAD(p))
#define STORE_AS(type, v, p) STORE(GLUE(GLUE(convert_, type), VW)(v), p)
#define TO_FLOATS(v) GLUE(convert_float, VW)(v)
#define ANY(v) any(v)
#endif

#define ZERO ((V)(0.0f))
#define ONE ((V)(1.0f))

// Splits the next index, the one that varies fastest, off a work item's number.
#define NEXT_INDEX(size) next_index(&item, size)
static int next_index(int* item, const int size)
{
    const int index = *item % size;
    *item /= size;
    return index;
}

// The sum of a vector's components, always in the same order.
static float sum_vector(const V v)
{
#if VW == 1
    return v;
#else
#if VW == 16
    const float8 a = v.lo + v.hi;
    const float4 b = a.lo + a.hi;
#elif VW == 8
    const float4 b = v.lo + v.hi;
#else
    const float4 b = v;
#endif
    const float2 c = b.lo + b.hi;
    return c.x + c.y;
#endif
}

// Zero, or NaN where a gradient is not finite or so large (about 1e19) that its square overflows float32.
static V nan_unless_finite(const V gradient)
{
    const V square = gradient * gradient;
    return square - square;
}

// The indices of the samples in a vector that starts with this sample.
static VI sample_indices(const int sample)
{
    int numbers[VW];
    UNROLL for (int k = 0; k < VW; k++) numbers[k] = sample + k;
    return LOAD_INTS(numbers);
}

// Transposes VW vectors of VW numbers by repeatedly interleaving their halves.
static void transpose(V* rows)
{
#if VW > 1
    V other[VW];
    UNROLL for (int width = 1; width < VW; width *= 2) {
        UNROLL for (int k = 0; k < VW / 2; k++) {
            const V a = rows[k], b = rows[k + VW / 2];
#if VW == 16
            other[2 * k] = (V)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3, a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7);
            other[2 * k + 1] = (V)(a.s8, b.s8, a.s9, b.s9, a.sa, b.sa, a.sb, b.sb, a.sc, b.sc, a.sd, b.sd, a.se, b.se, a.sf, b.sf);
#elif VW == 8
            other[2 * k] = (V)(a.s0, b.s0, a.s1, b.s1, a.s2, b.s2, a.s3, b.s3);
            other[2 * k + 1] = (V)(a.s4, b.s4, a.s5, b.s5, a.s6, b.s6, a.s7, b.s7);
#else
            other[2 * k] = (V)(a.s0, b.s0, a.s1, b.s1);
            other[2 * k + 1] = (V)(a.s2, b.s2, a.s3, b.s3);
#endif
        }
        UNROLL for (int k = 0; k < VW; k++) rows[k] = other[k];
    }
#endif
}
