// Included by kernels.cpp only: discrete Fourier transforms of a few elements in registers.
// V: vector of PMD_VECTOR_WIDTH numbers of type Real.

#define PMD_INLINE inline __attribute__((always_inline))
#define PMD_FORCED __attribute__((always_inline))

typedef Real V __attribute__((vector_size(PMD_VECTOR_WIDTH * sizeof(Real)),
                              aligned(PMD_VECTOR_WIDTH * sizeof(Real)), may_alias));

struct C {
  V re, im;
};

PMD_INLINE C operator+(const C& a, const C& b) {
  return {a.re + b.re, a.im + b.im};
}
PMD_INLINE C operator-(const C& a, const C& b) {
  return {a.re - b.re, a.im - b.im};
}
/// a·(re + i im)
PMD_INLINE C times(const C& a, Real re, Real im) {
  return {a.re * re - a.im * im, a.re * im + a.im * re};
}
PMD_INLINE C times(const C& a, const C& b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
/// a·(Sign·i)
template <int Sign>
PMD_INLINE C turned(const C& a) {
  if constexpr (Sign > 0)
    return {-a.im, a.re};
  else
    return {a.im, -a.re};
}

/// Taylor series, for |x| <= π/4.
constexpr Real small_sine(long double x) {
  long double term = x, sum = x;
  for (int n = 1; n < 14; ++n) {
    term *= -x * x / ((2 * n) * (2 * n + 1));
    sum += term;
  }
  return static_cast<Real>(sum);
}
constexpr Real small_cosine(long double x) {
  long double term = 1, sum = 1;
  for (int n = 1; n < 14; ++n) {
    term *= -x * x / ((2 * n - 1) * (2 * n));
    sum += term;
  }
  return static_cast<Real>(sum);
}
constexpr long double long_pi = 3.14159265358979323846264338327950288L;

constexpr Real cosine(int k, int n);
/// sin(2πk/n) and cos(2πk/n) for 0 <= k < n
constexpr Real sine(int k, int n) {
  if (2 * k > n) return -sine(n - k, n);
  if (4 * k > n) return sine(n - 2 * k, 2 * n);  // sin(π - x)
  if (8 * k > n) return small_cosine(long_pi / 2 - 2 * long_pi * k / n);
  return small_sine(2 * long_pi * k / n);
}
constexpr Real cosine(int k, int n) {
  if (2 * k > n) return cosine(n - k, n);
  if (4 * k > n) return -cosine(n - 2 * k, 2 * n);
  if (8 * k > n) return small_sine(long_pi / 2 - 2 * long_pi * k / n);
  return small_cosine(2 * long_pi * k / n);
}

/// a·exp(Sign 2πi K/N)
template <int Sign, int K, int N>
PMD_INLINE C rotated(const C& a) {
  constexpr int k = K % N;
  if constexpr (k == 0) {
    return a;
  } else if constexpr (4 * k == N) {
    return turned<Sign>(a);
  } else if constexpr (2 * k == N) {
    return {-a.re, -a.im};
  } else if constexpr (4 * k == 3 * N) {
    return turned<-Sign>(a);
  } else if constexpr (8 * k == N) {
    constexpr Real h = cosine(1, 8);
    const C t = turned<Sign>(a);
    return {(a.re + t.re) * h, (a.im + t.im) * h};
  } else if constexpr (8 * k == 3 * N) {
    constexpr Real h = cosine(1, 8);
    const C t = turned<Sign>(a);
    return {(t.re - a.re) * h, (t.im - a.im) * h};
  } else {
    return times(a, cosine(k, N), Sign * sine(k, N));
  }
}

template <int N, int... I>
struct Count : Count<N - 1, N - 1, I...> {};
template <int... I>
struct Count<0, I...> {
  template <class F>
  static PMD_INLINE void each(F&& f) {
    (f.template operator()<I>(), ...);
  }
};

/// x[k] <- Σ_n x[n] exp(Sign 2πi kn/R).
template <int R, int Sign>
struct Dft;

template <int Sign>
struct Dft<1, Sign> {
  static PMD_INLINE void apply(C*) {}
};

template <int Sign>
struct Dft<2, Sign> {
  static PMD_INLINE void apply(C* x) {
    const C a = x[0], b = x[1];
    x[0] = a + b;
    x[1] = a - b;
  }
};

template <int Sign>
struct Dft<3, Sign> {
  static PMD_INLINE void apply(C* x) {
    constexpr Real s = sine(1, 3);
    const C sum = x[1] + x[2], difference = x[1] - x[2];
    const C t = turned<Sign>(difference);
    const C a = {x[0].re - sum.re * Real{0.5}, x[0].im - sum.im * Real{0.5}};
    x[0] = x[0] + sum;
    x[1] = {a.re + t.re * s, a.im + t.im * s};
    x[2] = {a.re - t.re * s, a.im - t.im * s};
  }
};

template <int Sign>
struct Dft<4, Sign> {
  static PMD_INLINE void apply(C* x) {
    const C a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = turned<Sign>(x[1] - x[3]);
    x[0] = a + c;
    x[1] = b + d;
    x[2] = a - c;
    x[3] = b - d;
  }
};

template <int Sign>
struct Dft<5, Sign> {
  static PMD_INLINE void apply(C* x) {
    constexpr Real c1 = cosine(1, 5), c2 = cosine(2, 5), s1 = sine(1, 5), s2 = sine(2, 5);
    const C a = x[1] + x[4], b = x[2] + x[3];
    const C c = turned<Sign>(x[1] - x[4]), d = turned<Sign>(x[2] - x[3]);
    const C p = {x[0].re + a.re * c1 + b.re * c2, x[0].im + a.im * c1 + b.im * c2};
    const C q = {x[0].re + a.re * c2 + b.re * c1, x[0].im + a.im * c2 + b.im * c1};
    const C u = {c.re * s1 + d.re * s2, c.im * s1 + d.im * s2};
    const C v = {c.re * s2 - d.re * s1, c.im * s2 - d.im * s1};
    x[0] = x[0] + a + b;
    x[1] = p + u;
    x[2] = q + v;
    x[3] = q - v;
    x[4] = p - u;
  }
};

/// R = A·B by A transforms of B elements between B transforms of A elements.
template <int A, int B, int Sign>
struct ComposedDft {
  static PMD_INLINE void apply(C* x) {
    C y[A * B];
    Count<B>::each([&]<int N2>() PMD_FORCED {
      C t[A];
      Count<A>::each([&]<int N1>() PMD_FORCED { t[N1] = x[N2 + B * N1]; });
      Dft<A, Sign>::apply(t);
      Count<A>::each([&]<int K1>() PMD_FORCED { y[K1 * B + N2] = rotated<Sign, N2 * K1, A * B>(t[K1]); });
    });
    Count<A>::each([&]<int K1>() PMD_FORCED {
      Dft<B, Sign>::apply(y + K1 * B);
      Count<B>::each([&]<int K2>() PMD_FORCED { x[K1 + A * K2] = y[K1 * B + K2]; });
    });
  }
};

template <int Sign>
struct Dft<6, Sign> : ComposedDft<2, 3, Sign> {};
template <int Sign>
struct Dft<8, Sign> : ComposedDft<2, 4, Sign> {};
template <int Sign>
struct Dft<9, Sign> : ComposedDft<3, 3, Sign> {};
template <int Sign>
struct Dft<10, Sign> : ComposedDft<2, 5, Sign> {};
template <int Sign>
struct Dft<12, Sign> : ComposedDft<3, 4, Sign> {};
