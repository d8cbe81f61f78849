#pragma once

// Gauss quadrature for a weight function that is known by a fine rule only.

#include <span>
#include <vector>

namespace bondscope {

struct GaussNode {
  double place = 0, weight = 0;
};

/// The Gauss rule of `count` nodes for the discrete measure `fine`, whose weights are positive: Σ weight
/// p(place) agrees with that of the measure for all polynomials p of degree below 2 · count. Nodes in
/// ascending order, within the range of the measure's; weights positive. Discretised Stieltjes procedure
/// (Gautschi, Orthogonal Polynomials, Oxford 2004); the nodes are the eigenvalues of the Jacobi matrix (Golub
/// and Welsch), found by bisection. Throws NumericsError unless the measure has at least `count` places that
/// differ.
std::vector<GaussNode> gauss_rule(std::span<const GaussNode> fine, int count);

}  // namespace bondscope
