// A convolution 3×3 of one channel is so cheap that its output is computed anew wherever it is needed instead
// of being stored. Included by kernels.inc.hpp.

/// Sums along rows of the padded image, for one class of rows: [lanes] each, to be added up at the end.
struct RowSums {
  double first[3][lanes];         ///< a[x + s]
  double second[3][3][3][lanes];  ///< [distance][s][t]: a[x + s]·b[x + t], b the row below a by `distance`
};

/// Adds those of the columns first … first + count - 1 of row a, of which there is a row `pitch` below for
/// each distance < distances. Single precision, so not for many columns.
template <class Load>
PMD_INLINE void add_columns(const float* a, std::ptrdiff_t pitch, int distances, int first, int count,
                            RowSums& to, Load load_at) {
  Vector sums[3]{};
  for (int x = first; x < first + count; x += load_at.step)
    for (int s = 0; s < 3; ++s)
      sums[s] += load_at(a + x + s);
  for (int s = 0; s < 3; ++s)
    add(to.first[s], sums[s]);
  for (int distance = 0; distance < distances; ++distance) {
    const float* const b = a + distance * pitch;
    Vector products[3][3]{};
    for (int x = first; x < first + count; x += load_at.step) {
      Vector left[3], right[3];
      for (int s = 0; s < 3; ++s) {
        left[s] = load_at(a + x + s);
        right[s] = load_at(b + x + s);
      }
      for (int s = 0; s < 3; ++s)
        for (int t = 0; t < 3; ++t)
          products[s][t] += left[s] * right[t];
    }
    for (int s = 0; s < 3; ++s)
      for (int t = 0; t < 3; ++t)
        add(to.second[distance][s][t], products[s][t]);
  }
}

/// A vector of neighbours, or of one number and zeros for the columns that fill no vector.
struct LoadAll {
  static constexpr int step = lanes;
  PMD_INLINE Vector operator()(const float* p) const { return load(p); }
};
struct LoadOne {
  static constexpr int step = 1;
  PMD_INLINE Vector operator()(const float* p) const {
    Vector v{};
    v[0] = *p;
    return v;
  }
};

PatchMoments patch_moments(const Plane& of, const float* padded) {
  // Row r of the patches runs over the rows r … r + height - 1 of the padded image. They differ in the two
  // first and the two last ones; all others go into one class.
  constexpr int classes = 5, inner = 2, most_columns = 16 * lanes;
  RowSums sums[classes]{};
  const std::ptrdiff_t pitch = of.width + 2;
  for (int row = 0; row < of.height + 2; ++row) {
    const int which = row < inner ? row : row < of.height ? inner : row - of.height + inner + 1;
    const int distances = of.height + 2 - row < 3 ? of.height + 2 - row : 3;
    const float* const a = padded + row * pitch;
    const int whole = of.width / lanes * lanes;
    for (int first = 0; first < whole; first += most_columns)
      add_columns(a, pitch, distances, first, whole - first < most_columns ? whole - first : most_columns,
                  sums[which], LoadAll{});
    if (whole < of.width) add_columns(a, pitch, distances, whole, of.width - whole, sums[which], LoadOne{});
  }
  PatchMoments moments{};
  for (int r = 0; r < 3; ++r)
    for (int which = r; which < r + 3; ++which)
      for (int s = 0; s < 3; ++s)
        for (int l = 0; l < lanes; ++l) {
          moments.first[3 * r + s] += sums[which].first[s][l];
          for (int distance = 0; r + distance < 3; ++distance)
            for (int t = 0; t < 3; ++t)
              moments.second[3 * r + s][3 * (r + distance) + t] += sums[which].second[distance][s][t][l];
        }
  for (int k = 0; k < 9; ++k)
    for (int l = 0; l < k; ++l)
      moments.second[k][l] = moments.second[l][k];
  return moments;
}

/// z of the pixels of a 2×2 window, [row][column], whose patches begin at p.
PMD_INLINE void convolve_window(const float* p, std::ptrdiff_t pitch, const Vector filters[9], Vector offset,
                                Vector z[2][2]) {
  for (int i = 0; i < 2; ++i)
    for (int j = 0; j < 2; ++j) {
      z[i][j] = offset;
      for (int r = 0; r < 3; ++r)
        for (int s = 0; s < 3; ++s)
          z[i][j] += filters[3 * r + s] * p[(i + r) * pitch + j + s];
    }
}

void convolve_and_pool(const Plane& of, const float* padded, const float* filters, const float* offset,
                       float* pooled) {
  const std::ptrdiff_t pitch = of.width + 2;
  for (int row = 0; row < of.height / 2; ++row)
    for (int c = 0; c < of.channels; c += lanes) {
      Vector w[9], z[2][2];
      for (int k = 0; k < 9; ++k)
        w[k] = load(filters + k * of.channels + c);
      const Vector constant = load(offset + c);
      const float* p = padded + 2 * row * pitch;
      float* out = pooled + index(row) * (of.width / 2) * of.channels + c;
      for (int x = 0; x < of.width / 2; ++x, p += 2, out += of.channels) {
        convolve_window(p, pitch, w, constant, z);
        store(out, ((relu(z[0][0]) + relu(z[0][1])) + (relu(z[1][0]) + relu(z[1][1]))) * 0.25f);
      }
    }
}

void convolve_and_pool_sums(const Plane& of, const float* padded, const float* filters, const float* offset,
                            const float* pooled_gradient, double* sum, double* weighted) {
  const std::ptrdiff_t pitch = of.width + 2;
  for (int i = 0; i < of.channels; ++i)
    sum[i] = 0;
  for (int i = 0; i < 9 * of.channels; ++i)
    weighted[i] = 0;
  for (int row = 0; row < of.height / 2; ++row)
    for (int c = 0; c < of.channels; c += lanes) {
      Vector w[9], z[2][2], sums{}, weights[9]{};
      for (int k = 0; k < 9; ++k)
        w[k] = load(filters + k * of.channels + c);
      const Vector constant = load(offset + c);
      const float* p = padded + 2 * row * pitch;
      const float* gradient = pooled_gradient + index(row) * (of.width / 2) * of.channels + c;
      for (int x = 0; x < of.width / 2; ++x, p += 2, gradient += of.channels) {
        convolve_window(p, pitch, w, constant, z);
        const Vector g = load(gradient) * 0.25f;
        for (int i = 0; i < 2; ++i)
          for (int j = 0; j < 2; ++j)
            z[i][j] = z[i][j] > 0.0f ? g : Vector{};
        sums += (z[0][0] + z[0][1]) + (z[1][0] + z[1][1]);
        for (int k = 0; k < 9; ++k)
          for (int i = 0; i < 2; ++i)
            for (int j = 0; j < 2; ++j)
              weights[k] += z[i][j] * p[(i + k / 3) * pitch + j + k % 3];
      }
      add(sum + c, sums);
      for (int k = 0; k < 9; ++k)
        add(weighted + k * of.channels + c, weights[k]);
    }
}
