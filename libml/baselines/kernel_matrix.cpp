#include "libml/baselines/kernel_matrix.hpp"

namespace bondscope::ml {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd leading(const Features& features, std::span<const std::size_t> rows, std::size_t components) {
  MatrixXd z(static_cast<Index>(rows.size()), static_cast<Index>(components));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t c = 0; c < components; ++c)
      z(static_cast<Index>(i), static_cast<Index>(c)) = static_cast<double>(features.row(rows[i])[c]);
  return z;
}

std::vector<MatrixXd> distances_to_copies(const MatrixXd& a, const MatrixXd& b, const MatrixXd& metric,
                                          const PrincipalComponents& components,
                                          const std::vector<Mirrors>& copies) {
  const auto in_metric = [&](const MatrixXd& z) { return metric.size() == 0 ? z : MatrixXd(z * metric); };
  const MatrixXd of_a = in_metric(a);
  std::vector<MatrixXd> all;
  for (const auto& copy : copies) {
    MatrixXd image = b;
    for (Index c = 0; c < b.cols(); ++c) {
      const auto odd = components.odd(static_cast<std::size_t>(c));
      if ((copy.along_kx && odd.along_kx) != (copy.along_ky && odd.along_ky)) image.col(c) *= -1;
    }
    MatrixXd distances = -2 * of_a * image.transpose();
    distances.colwise() += of_a.cwiseProduct(a).rowwise().sum();
    distances.rowwise() += in_metric(image).cwiseProduct(image).rowwise().sum().transpose();
    all.push_back(distances.cwiseMax(0));
  }
  return all;
}

MatrixXd symmetric_kernel(const std::vector<MatrixXd>& distances, const std::vector<double>& signs,
                          double gamma) {
  MatrixXd k = MatrixXd::Zero(distances.front().rows(), distances.front().cols());
  for (std::size_t g = 0; g < distances.size(); ++g)
    k.array() += signs[g] / static_cast<double>(distances.size()) * (-gamma * distances[g].array()).exp();
  return k;
}

}  // namespace bondscope::ml
