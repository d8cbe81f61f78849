// Batch normalisation, ReLU and average pooling 2×2 of one image. Included by kernels.inc.hpp.

/// Calls `at(first pixel of the window, its place among the pooled pixels)` for the windows of a row of them.
template <class F>
PMD_INLINE void each_window(const Plane& of, int row, F at) {
  const std::ptrdiff_t c = of.channels, pitch = of.width * c;
  for (int x = 0; x < of.width / 2; ++x)
    at(2 * row * pitch + 2 * x * c, (index(row) * (of.width / 2) + x) * c);
}

/// Sums of term(c)(x) over all pixels, where term(c) is the function for the channels from c on: rows in
/// single precision, their sums in double.
template <class Term>
PMD_INLINE void sum_pixels(const Plane& of, const float* x, double* sum, Term term) {
  const std::ptrdiff_t pitch = index(of.width) * of.channels;
  for (int c = 0; c < of.channels; ++c)
    sum[c] = 0;
  for (int y = 0; y < of.height; ++y)
    for (int c = 0; c < of.channels; c += lanes) {
      const auto f = term(c);
      Vector even{}, odd{};  // independent sums hide the latency of additions
      for (const float *p = x + y * pitch + c, *end = p + pitch; p < end; p += 2 * of.channels) {
        even += f(load(p));
        odd += f(load(p + of.channels));
      }
      add(sum + c, even + odd);
    }
}

void statistics(const Plane& of, const float* x, double* mean, double* squares) {
  sum_pixels(of, x, mean, [](int) { return [](Vector value) { return value; }; });
  for (int c = 0; c < of.channels; ++c)
    mean[c] /= static_cast<double>(of.height) * of.width;
  sum_pixels(of, x, squares, [&](int c) {
    Vector centre;
    for (int l = 0; l < lanes; ++l)
      centre[l] = static_cast<float>(mean[c + l]);
    return [centre](Vector value) { return (value - centre) * (value - centre); };
  });
}

void pool(const Plane& of, const float* x, const Normalisation& n, float* pooled) {
  const std::ptrdiff_t right = of.channels, below = index(of.width) * of.channels;
  for (int row = 0; row < of.height / 2; ++row)
    for (int c = 0; c < of.channels; c += lanes) {
      const Vector factor = load(n.factor + c), offset = load(n.offset + c);
      each_window(of, row, [&](std::ptrdiff_t first, std::ptrdiff_t place) {
        const float* p = x + first + c;
        const auto at = [&](std::ptrdiff_t pixel) { return relu(load(p + pixel) * factor + offset); };
        store(pooled + place + c, ((at(0) + at(right)) + (at(below) + at(below + right))) * 0.25f);
      });
    }
}

void pool_sums(const Plane& of, const float* x, const Normalisation& n, const float* pooled_gradient,
               double* sum, double* weighted) {
  const std::ptrdiff_t right = of.channels, below = index(of.width) * of.channels;
  for (int c = 0; c < of.channels; ++c)
    sum[c] = weighted[c] = 0;
  for (int row = 0; row < of.height / 2; ++row)
    for (int c = 0; c < of.channels; c += lanes) {
      const Vector factor = load(n.factor + c), offset = load(n.offset + c), mean = load(n.mean + c);
      Vector sums{}, weights[2]{};
      each_window(of, row, [&](std::ptrdiff_t first, std::ptrdiff_t place) {
        const Vector g = load(pooled_gradient + place + c) * 0.25f;
        const float* p = x + first + c;
        Vector all{};
        const auto at = [&](std::ptrdiff_t pixel, int which) {
          const Vector value = load(p + pixel);
          const Vector dz = value * factor + offset > 0.0f ? g : Vector{};
          all += dz;
          weights[which] += dz * (value - mean);
        };
        at(0, 0);
        at(right, 1);
        at(below, 0);
        at(below + right, 1);
        sums += all;
      });
      add(sum + c, sums);
      add(weighted + c, weights[0] + weights[1]);
    }
}

void pool_gradient(const Plane& of, const float* x, const Normalisation& n, const BackwardNormalisation& b,
                   const float* pooled_gradient, float* x_gradient) {
  const std::ptrdiff_t right = of.channels, below = index(of.width) * of.channels;
  for (int row = 0; row < of.height / 2; ++row)
    for (int c = 0; c < of.channels; c += lanes) {
      const Vector factor = load(n.factor + c), offset = load(n.offset + c), mean = load(n.mean + c);
      const Vector slope = load(b.slope + c), shift = load(b.shift + c);
      each_window(of, row, [&](std::ptrdiff_t first, std::ptrdiff_t place) {
        const Vector g = load(pooled_gradient + place + c) * 0.25f * factor;
        const auto at = [&](std::ptrdiff_t pixel) {
          const Vector value = load(x + first + pixel + c);
          const Vector dz = value * factor + offset > 0.0f ? g : Vector{};
          store(x_gradient + first + pixel + c, dz + ((value - mean) * slope + shift));
        };
        at(0);
        at(right);
        at(below);
        at(below + right);
      });
    }
}
