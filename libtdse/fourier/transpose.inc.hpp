// Included by kernels.cpp only: 8 × 8 transposes between Blocks.

#if PMD_VECTOR_WIDTH == 8
PMD_INLINE void transpose_part(const Real* in, std::ptrdiff_t in_stride, Real* out,
                               std::ptrdiff_t out_stride) {
  V a[8], b[8];
  Count<8>::each([&]<int R>() PMD_FORCED { a[R] = *reinterpret_cast<const V*>(in + R * in_stride); });
  // Pairs, then quadruples, then halves.
  Count<4>::each([&]<int P>() PMD_FORCED {
    b[2 * P] = __builtin_shufflevector(a[2 * P], a[2 * P + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    b[2 * P + 1] = __builtin_shufflevector(a[2 * P], a[2 * P + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  });
  Count<2>::each([&]<int H>() PMD_FORCED {
    Count<2>::each([&]<int P>() PMD_FORCED {
      a[4 * H + P] = __builtin_shufflevector(b[4 * H + P], b[4 * H + P + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      a[4 * H + P + 2] = __builtin_shufflevector(b[4 * H + P], b[4 * H + P + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    });
  });
  Count<4>::each([&]<int P>() PMD_FORCED {
    *reinterpret_cast<V*>(out + P * out_stride) =
        __builtin_shufflevector(a[P], a[P + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *reinterpret_cast<V*>(out + (P + 4) * out_stride) =
        __builtin_shufflevector(a[P], a[P + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  });
}
#elif PMD_VECTOR_WIDTH == 4
/// 4 × 4
PMD_INLINE void transpose_quarter(const Real* in, std::ptrdiff_t in_stride, Real* out,
                                  std::ptrdiff_t out_stride) {
  V a[4], b[4];
  Count<4>::each([&]<int R>() PMD_FORCED { a[R] = *reinterpret_cast<const V*>(in + R * in_stride); });
  Count<2>::each([&]<int P>() PMD_FORCED {
    b[2 * P] = __builtin_shufflevector(a[2 * P], a[2 * P + 1], 0, 4, 2, 6);
    b[2 * P + 1] = __builtin_shufflevector(a[2 * P], a[2 * P + 1], 1, 5, 3, 7);
  });
  Count<2>::each([&]<int P>() PMD_FORCED {
    *reinterpret_cast<V*>(out + P * out_stride) = __builtin_shufflevector(b[P], b[P + 2], 0, 1, 4, 5);
    *reinterpret_cast<V*>(out + (P + 2) * out_stride) = __builtin_shufflevector(b[P], b[P + 2], 2, 3, 6, 7);
  });
}
PMD_INLINE void transpose_part(const Real* in, std::ptrdiff_t in_stride, Real* out,
                               std::ptrdiff_t out_stride) {
  for (int r = 0; r < 2; ++r)
    for (int c = 0; c < 2; ++c)
      transpose_quarter(in + 4 * r * in_stride + 4 * c, in_stride, out + 4 * c * out_stride + 4 * r,
                        out_stride);
}
#else
PMD_INLINE void transpose_part(const Real* in, std::ptrdiff_t in_stride, Real* out,
                               std::ptrdiff_t out_stride) {
  for (int r = 0; r < lanes; ++r)
    for (int c = 0; c < lanes; ++c)
      out[c * out_stride + r] = in[r * in_stride + c];
}
#endif

/// out[c · out_stride] lane r <- in[r · in_stride] lane c
PMD_INLINE void transpose(const Block* in, std::ptrdiff_t in_stride, Block* out, std::ptrdiff_t out_stride) {
  transpose_part(reals(in), in_stride * block_reals, reals(out), out_stride * block_reals);
  transpose_part(reals(in) + lanes, in_stride * block_reals, reals(out) + lanes, out_stride * block_reals);
}
