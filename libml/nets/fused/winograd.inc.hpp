// Convolution 3×3 by Winograd's method F(4×4, 3×3): out = Aᵀ[(G w Gᵀ) ∘ (Bᵀ d B)]A for tiles of 4×4 pixels,
// whose patches d have 6×6. Included by kernels.inc.hpp.

constexpr int tile = 4, patch = 6;
constexpr int group = 32;  ///< tiles that are transformed together and make up one side of the products

/// The maps along one dimension: six numbers or fewer in, six or fewer out.
struct PatchMap {  // Bᵀ
  static constexpr int in = 6, out = 6;
  PMD_INLINE static void apply(const Vector* d, Vector* v) {
    const Vector even = d[4] - 4.0f * d[2], odd = d[3] - 4.0f * d[1];
    const Vector even2 = d[4] - d[2], odd2 = 2.0f * (d[3] - d[1]);
    v[0] = 4.0f * d[0] + (d[4] - 5.0f * d[2]);
    v[1] = even + odd;
    v[2] = even - odd;
    v[3] = even2 + odd2;
    v[4] = even2 - odd2;
    v[5] = 4.0f * d[1] + (d[5] - 5.0f * d[3]);
  }
};
struct OutputMap {  // Aᵀ
  static constexpr int in = 6, out = 4;
  PMD_INLINE static void apply(const Vector* m, Vector* y) {
    const Vector sum = m[1] + m[2], difference = m[1] - m[2];
    const Vector sum2 = m[3] + m[4], difference2 = m[3] - m[4];
    y[0] = m[0] + sum + sum2;
    y[1] = difference + 2.0f * difference2;
    y[2] = sum + 4.0f * sum2;
    y[3] = difference + 8.0f * difference2 + m[5];
  }
};
struct OutputGradientMap {  // A
  static constexpr int in = 4, out = 6;
  PMD_INLINE static void apply(const Vector* y, Vector* m) {
    const Vector even = y[0] + y[2], odd = y[1] + y[3];
    const Vector even2 = y[0] + 4.0f * y[2], odd2 = 2.0f * y[1] + 8.0f * y[3];
    m[0] = y[0];
    m[1] = even + odd;
    m[2] = even - odd;
    m[3] = even2 + odd2;
    m[4] = even2 - odd2;
    m[5] = y[3];
  }
};
struct FilterMap {  // G
  static constexpr int in = 3, out = 6;
  PMD_INLINE static void apply(const Vector* w, Vector* u) {
    const Vector even = (w[0] + w[2]) * (-1.0f / 6), odd = w[1] * (-1.0f / 6);
    const Vector even2 = w[0] * (1.0f / 24) + w[2] * (1.0f / 6), odd2 = w[1] * (1.0f / 12);
    u[0] = w[0] * 0.25f;
    u[1] = even + odd;
    u[2] = even - odd;
    u[3] = even2 + odd2;
    u[4] = even2 - odd2;
    u[5] = w[2];
  }
};
struct FilterGradientMap {  // Gᵀ
  static constexpr int in = 6, out = 3;
  PMD_INLINE static void apply(const Vector* u, Vector* w) {
    const Vector sum = (u[1] + u[2]) * (1.0f / 6), sum2 = u[3] + u[4];
    w[0] = u[0] * 0.25f - sum + sum2 * (1.0f / 24);
    w[1] = (u[2] - u[1]) * (1.0f / 6) + (u[3] - u[4]) * (1.0f / 12);
    w[2] = sum2 * (1.0f / 6) - sum + u[5];
  }
};

/// Map along both dimensions: get(row, column) for in × in vectors, put(row, column, vector) for out × out.
template <class Map, class Get, class Put>
PMD_INLINE void map_both(Get get, Put put) {
  Vector half[Map::out][Map::in];
#pragma GCC unroll 6
  for (int column = 0; column < Map::in; ++column) {
    Vector values[Map::in], mapped[Map::out];
    for (int row = 0; row < Map::in; ++row)
      values[row] = get(row, column);
    Map::apply(values, mapped);
    for (int row = 0; row < Map::out; ++row)
      half[row][column] = mapped[row];
  }
#pragma GCC unroll 6
  for (int row = 0; row < Map::out; ++row) {
    Vector mapped[Map::out];
    Map::apply(half[row], mapped);
    for (int column = 0; column < Map::out; ++column)
      put(row, column, mapped[column]);
  }
}

void transform_filters(const float* filters, int channels, int count, float* transformed) {
  const std::ptrdiff_t size = index(channels) * count;
  for (std::ptrdiff_t i = 0; i < size; i += lanes)
    map_both<FilterMap>([&](int r, int s) { return load(filters + (3 * r + s) * size + i); },
                        [&](int r, int s, Vector v) { store(transformed + (patch * r + s) * size + i, v); });
}

void gather_filters(const float* transformed, int channels, int count, float* filters) {
  const std::ptrdiff_t size = index(channels) * count;
  for (std::ptrdiff_t i = 0; i < size; i += lanes)
    map_both<FilterGradientMap>([&](int r, int s) { return load(transformed + (patch * r + s) * size + i); },
                                [&](int r, int s, Vector v) { store(filters + (3 * r + s) * size + i, v); });
}

/// Distance between the numbers of two frequencies: no multiple of 4 KiB, lest all fall into one set of the
/// cache.
PMD_INLINE std::ptrdiff_t frequency_pitch(int channels) {
  return index(group) * channels + 16;
}

std::size_t scratch_size(const Convolution& of) {
  return static_cast<std::size_t>(frequencies * (frequency_pitch(of.channels) + frequency_pitch(of.filters)));
}

/// c [rows][n] = Σ_k a(row, k) b[k][n], added to what is there if Add. `a` has the given distances between
/// rows and between k; rows is a multiple of PMD_TILE_ROWS, n of two vectors.
template <bool Add>
PMD_INLINE void multiply(const float* a, std::ptrdiff_t a_row, std::ptrdiff_t a_k, const float* b, int n,
                         int depth, int rows, float* c) {
  for (int row = 0; row < rows; row += PMD_TILE_ROWS)
    for (int column = 0; column < n; column += 2 * lanes) {
      Vector sums[PMD_TILE_ROWS][2]{};
      const float* ak = a + row * a_row;
      const float* bk = b + column;
      for (int k = 0; k < depth; ++k, ak += a_k, bk += n) {
        const Vector left = load(bk), right = load(bk + lanes);
#pragma GCC unroll 8
        for (int i = 0; i < PMD_TILE_ROWS; ++i) {
          const float value = ak[i * a_row];
          sums[i][0] += left * value;
          sums[i][1] += right * value;
        }
      }
      for (int i = 0; i < PMD_TILE_ROWS; ++i)
        for (int v = 0; v < 2; ++v) {
          float* const to = c + index(row + i) * n + column + v * lanes;
          store(to, Add ? load(to) + sums[i][v] : sums[i][v]);
        }
    }
}

/// Where a tile is: its first pixel, and whether its patch or itself reaches beyond the image.
struct Tile {
  int y, x;
  bool border;
};

PMD_INLINE int tile_count(const Convolution& of) {
  return ((of.height + tile - 1) / tile) * ((of.width + tile - 1) / tile);
}
PMD_INLINE Tile tile_at(const Convolution& of, int number) {
  const int across = (of.width + tile - 1) / tile;
  const int y = number / across * tile, x = number % across * tile;
  return {y, x, y == 0 || x == 0 || y + tile + 1 > of.height || x + tile + 1 > of.width};
}

/// `Map` of the pixels from (y, x) on of an image with so many channels, zeros outside it, into
/// to[frequency][channel].
template <class Map, bool Border>
PMD_INLINE void map_pixels(const Convolution& of, const float* image, int channels, int y, int x, float* to) {
  const std::ptrdiff_t pitch = frequency_pitch(channels);
  for (int c = 0; c < channels; c += lanes)
    map_both<Map>(
        [&](int i, int j) {
          if (Border && (y + i < 0 || x + j < 0 || y + i >= of.height || x + j >= of.width)) return Vector{};
          return load(image + ((index(y) + i) * of.width + x + j) * channels + c);
        },
        [&](int r, int s, Vector v) { store(to + (patch * r + s) * pitch + c, v); });
}

/// [frequency][tile][channel] of the patches of tiles first … first + count - 1.
PMD_INLINE void map_patches(const Convolution& of, const float* image, int first, int count, float* to) {
  for (int t = 0; t < count; ++t) {
    const Tile at = tile_at(of, first + t);
    float* const out = to + index(t) * of.channels;
    if (at.border)
      map_pixels<PatchMap, true>(of, image, of.channels, at.y - 1, at.x - 1, out);
    else
      map_pixels<PatchMap, false>(of, image, of.channels, at.y - 1, at.x - 1, out);
  }
}

template <bool Border>
PMD_INLINE void map_products(const Convolution& of, const float* products, const float* bias, Tile at,
                             float* out) {
  const std::ptrdiff_t pitch = frequency_pitch(of.filters);
  for (int c = 0; c < of.filters; c += lanes) {
    const Vector constant = bias ? load(bias + c) : Vector{};
    map_both<OutputMap>([&](int r, int s) { return load(products + (patch * r + s) * pitch + c); },
                        [&](int i, int j, Vector v) {
                          if (Border && (at.y + i >= of.height || at.x + j >= of.width)) return;
                          store(out + ((index(at.y) + i) * of.width + at.x + j) * of.filters + c,
                                v + constant);
                        });
  }
}

/// Distances between numbers that are known to the compiler save a twelfth of the time: the paper's 32
/// filters get functions of their own.
template <int Fixed>
PMD_INLINE Convolution with_fixed(Convolution of) {
  if (Fixed) of.channels = of.filters = Fixed;
  return of;
}
PMD_INLINE bool is_paper(const Convolution& of) {
  return of.channels == 32 && of.filters == 32;
}

template <int Fixed>
void convolve_with(const Convolution& any, const float* image, const float* transformed, const float* bias,
                   float* scratch, float* out) {
  const Convolution of = with_fixed<Fixed>(any);
  float* const patches = scratch;
  float* const products = scratch + frequencies * frequency_pitch(of.channels);
  const int tiles = tile_count(of);
  for (int first = 0; first < tiles; first += group) {
    const int count = tiles - first < group ? tiles - first : group;
    map_patches(of, image, first, count, patches);
    // Rows that round the group up to whole blocks of the product hold numbers that nobody reads.
    const int rows = (count + PMD_TILE_ROWS - 1) / PMD_TILE_ROWS * PMD_TILE_ROWS;
    for (int f = 0; f < frequencies; ++f)
      multiply<false>(patches + f * frequency_pitch(of.channels), of.channels, 1,
                      transformed + index(f) * of.channels * of.filters, of.filters, of.channels, rows,
                      products + f * frequency_pitch(of.filters));
    for (int t = 0; t < count; ++t) {
      const Tile at = tile_at(of, first + t);
      if (at.border)
        map_products<true>(of, products + index(t) * of.filters, bias, at, out);
      else
        map_products<false>(of, products + index(t) * of.filters, bias, at, out);
    }
  }
}

void convolve(const Convolution& of, const float* image, const float* transformed, const float* bias,
              float* scratch, float* out) {
  (is_paper(of) ? convolve_with<32> : convolve_with<0>)(of, image, transformed, bias, scratch, out);
}

template <int Fixed>
void filter_gradient_with(const Convolution& any, const float* image, const float* out_gradient,
                          float* scratch, float* transformed) {
  const Convolution of = with_fixed<Fixed>(any);
  float* const patches = scratch;
  float* const gradients = scratch + frequencies * frequency_pitch(of.channels);
  const std::ptrdiff_t size = index(of.channels) * of.filters;
  for (std::ptrdiff_t i = 0; i < frequencies * size; i += lanes)
    store(transformed + i, Vector{});
  const int tiles = tile_count(of);
  for (int first = 0; first < tiles; first += group) {
    const int count = tiles - first < group ? tiles - first : group;
    map_patches(of, image, first, count, patches);
    for (int t = 0; t < count; ++t) {
      const Tile at = tile_at(of, first + t);
      float* const to = gradients + index(t) * of.filters;
      if (at.border)
        map_pixels<OutputGradientMap, true>(of, out_gradient, of.filters, at.y, at.x, to);
      else
        map_pixels<OutputGradientMap, false>(of, out_gradient, of.filters, at.y, at.x, to);
    }
    for (int f = 0; f < frequencies; ++f)
      multiply<true>(patches + f * frequency_pitch(of.channels), 1, of.channels,
                     gradients + f * frequency_pitch(of.filters), of.filters, count, of.channels,
                     transformed + f * size);
  }
}

void filter_gradient(const Convolution& of, const float* image, const float* out_gradient, float* scratch,
                     float* transformed) {
  (is_paper(of) ? filter_gradient_with<32> : filter_gradient_with<0>)(of, image, out_gradient, scratch,
                                                                      transformed);
}
